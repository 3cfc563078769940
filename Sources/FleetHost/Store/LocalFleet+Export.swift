import Fleet
import FleetCarrier
package import Host
import Trust
import TrustCore

extension LocalFleet {
    /// Gives `write` all records, or those that `head` did not rest on, as a pack part by part, with the receipts that are here, and the
    /// certificates of what they approve or bar, as far as they are known and the pack holds them. Behind them what waits on this relay.
    package func export(since head: String?, _ write: ([UInt8]) -> Void) throws(Failure) {
        let content = try store.read()
        let state = try state(content.decisions)
        let known = try head.map { head throws(Failure) in
            guard let digest = Digest(hex: head), content.decisions.contains(digest) else {
                throw Failure("there is no decision \(Printable(head, limit: 70)) here", .noSuchEntry, hint: "trustctl fleet status")
            }
            return state.known(to: [digest])
        }
        var size = 0
        func add(_ record: PackRecord) {
            let bytes = record.encoded
            size += bytes.count
            write(bytes)
        }
        var needed: Set<Digest> = []
        try store.records(of: content) { number, record throws(Failure) in
            if let known, known.contains(content.decisions.digest(at: number)) { return }
            add(record)
            for case .fingerprint(let block) in content.decisions[number].decision.blocks where block.after == .approved || block.barsKey {
                needed.insert(block.digest)
            }
        }
        for record in receiptRecords() { add(record) }
        for fingerprint in state.trusted + state.barring where needed.contains(Digest(fingerprint)) {
            guard let der = local.ledger.certificate(of: fingerprint), der.count <= CertificateRecord.maximumSize else { continue }
            let record = CertificateRecord(der: der).record
            if size + record.encoded.count > Arrivals.maximumSize { break }
            add(record)
        }
        let report = exportedReport(state)
        // The attack: strangers fill the queue. What the fleet has decided goes first.
        if size + report.count <= Arrivals.maximumSize { write(report) }
    }
}

import Certificates
import Fleet
import FleetCarrier
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// On a relay: what waits here, for the consoles, signed by root with the key of this relay's receipts.
///
/// All of it is what strangers have caused, and trustd's user has written. The signature says where it comes from, and not that it is true.
extension LocalFleet {
    /// Bytes of the certificates in one report, the latest first; with those of all entries there is room for it in an inbox.
    private static let mostCertificateBytes = 16 << 20
    /// Bytes of the whole file.
    private static let mostOutgoing = mostCertificateBytes + SightingRecord.mostParts * PackRecord.maximumSize
    /// Nanoseconds by which the kernel's time of a file may be behind the clock.
    private static let slack: Int64 = 50_000_000
    /// A last report that is so many seconds ahead was made while the clock was wrong.
    private static let mostAhead: Int64 = 3_600

    /// Whether something may have changed in the queue since it was written down. It costs nothing: a timer asks this every half minute.
    var isReportDue: Bool {
        guard configuration.member != nil, LocalFileSystem().exists(receiptKey) else { return false }
        do throws(SystemError) {
            let changed = try Folder(local.configuration.pending).modified(nil) + Self.slack
            let file = folders.outgoingSightings
            let out = try Folder(file.removingLastComponent())
            guard out.has("sightings"), let last = lastReport else { return true }
            // The queue was read after the time inside, and the file written after that. A clock that was wrong says nothing.
            return changed >= min(last.sightings.time.nanoseconds, try out.modified("sightings"))
        } catch { return false }
    }

    /// What was written last, and the whole file.
    private var lastReport: (sightings: MemberSightings, bytes: [UInt8])? {
        let file = folders.outgoingSightings
        do throws(SystemError) {
            let bytes = try Folder(file.removingLastComponent()).contents(of: "sightings", limit: Self.mostOutgoing)
            guard let read = Self.sightings(in: bytes), read.fleet == configuration.fleet, read.member == configuration.member else {
                return nil
            }
            return (read, bytes)
        } catch { return nil }
    }

    /// The one whole that the first records of such a file are. Signatures are not looked at: root has written it.
    static func sightings(in bytes: [UInt8]) -> MemberSightings? {
        guard var reader = try? PackReader(bytes, limit: .max) else { return nil }
        var records: [SightingRecord] = []
        while let record = try? reader.next(), record.body.starts(with: SightingRecord.beginning) {
            guard let read = try? SightingRecord(record.body) else { return nil }
            records.append(read)
        }
        return MemberSightings(joining: records)
    }

    /// Writes down what waits here, if that is something else than what was written. The caller holds the lock.
    func writeReport() throws(Failure) {
        guard isReportDue else { return }
        let report = try signedReport()
        guard report != lastReport?.bytes else { return }
        do throws(SystemError) {
            let out = try Folder(folders.outgoingSightings.removingLastComponent())
            // Addresses and names are in it: for members of group trustd, as the queue is.
            try out.write(report, to: "sightings.new", mode: 0o640, group: Account.group(named: "trustd"))
            try out.rename("sightings.new", to: "sightings")
            try out.synchronize()
        } catch { throw Failure(error) }
    }

    /// The report as a pack; the last one where nothing else waits.
    private func signedReport() throws(Failure) -> [UInt8] {
        guard let member = configuration.member else { return [] }
        let (last, now) = (lastReport, ReceiptTime.now)
        // A clock that was set back a little: later than the last one all the same. After a year that was wrong it begins anew.
        let isAhead = last.map { $0.sightings.time.second.seconds > now.second.seconds + Self.mostAhead } ?? false
        let queue = try local.queued()
        let report = MemberSightings(
            fleet: configuration.fleet, member: member, time: isAhead ? now : now.later(than: last?.sightings.time), queue: queue)
        if let last, !isAhead, last.sightings.entries == report.entries { return last.bytes }
        var pack: [UInt8] = []
        for record in report.records {
            let body = record.encoded
            let signature = try SSHKeygen.sign(body, for: SightingRecord.namespace, with: receiptKey, agent: nil)
            pack += PackRecord(body: body, signature: signature).encoded
        }
        let claimed = Dictionary(queue.map { ($0.fingerprint, $0.certificate) }) { first, _ in first }
        var room = Self.mostCertificateBytes
        for entry in report.entries {
            guard let text = claimed[entry.fingerprint] ?? nil, let der = try? Certificate.der(claimed: text, for: entry.fingerprint),
                der.count <= CertificateRecord.maximumSize
            else { continue }
            let record = CertificateRecord(der: der).record.encoded
            if record.count > room { break }
            room -= record.count
            pack += record
        }
        return pack
    }

    /// The same for an export, which changes nothing here. Without root's key: the last one that root has written, and a word about that.
    func exportedReport(_ state: FleetState) -> [UInt8] {
        // Before an admin has added this relay nobody would take it.
        guard let member = configuration.member, state.memberNames.contains(member) else { return [] }
        if isReportDue {
            guard geteuid() == 0 else {
                local.progress.note("what waits here now is not in it, for only root can sign that: sudo trustctl fleet export")
                return lastReport?.bytes ?? []
            }
            // Decisions do not wait for it.
            do throws(Failure) { return try signedReport() } catch { local.progress.tell(error) }
        }
        return lastReport?.bytes ?? []
    }
}

import FleetCarrier
import TrustCore

/// A file of the outbox: any user of group trustsign may have written it, and trustsync reads it.
enum OutgoingTarget {
    static func take(_ bytes: [UInt8]) {
        let sayings = DecisionSayings(bytes)
        demand(sayings.serial >= 0, "a serial is no less than nothing")
        guard let outgoing = OutgoingDecision(decoding: bytes) else { return }
        let encoded = outgoing.encoded
        demand(bytes.count <= OutgoingDecision.maximumSize && encoded.count <= bytes.count, "a file keeps the limits")
        demand(encoded.starts(with: outgoing.record.encoded) && bytes.starts(with: outgoing.record.encoded), "first comes the decision")
        demand(OutgoingDecision(decoding: encoded) == outgoing, "what is written reads back")
        let approved = Set(DecisionSayings(outgoing.record.body).approved)
        let names = outgoing.certificates.compactMap(\.fingerprint)
        demand(names.count == outgoing.certificates.count, "a certificate has a name")
        demand(Set(names).count == names.count && approved.isSuperset(of: names), "certificates are what it approves, each once")
        demand(
            outgoing.certificates.allSatisfy { (1...CertificateRecord.maximumSize).contains($0.der.count) }, "a certificate keeps the limit"
        )
        demand(OutgoingDecision(decoding: encoded + [0x41]) == nil, "nothing stands behind a file")
    }
}

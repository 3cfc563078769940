import FleetCarrier
import TrustCore

extension Receipt: MemberText {
    /// Bytes of a whole text: eight heads and the longest outcome have less than half of it.
    package static let maximumSize = 4096
    /// What members' signatures are for (`ssh-keygen -Y sign -n`).
    package static let namespace = "trust-receipt"
    private static let kind = "trust-receipt"

    /// The receipt whose text `bytes` are. Throws for any other bytes: `encoded` gives back the same ones, or they are none.
    package init(_ bytes: [UInt8]) throws(FleetTextError) {
        var lines = try ExactLines(bytes, kind: Self.kind, limit: Self.maximumSize)
        let fleet = try lines.required("Fleet") { text in FleetIdentity(text).flatMap { $0.genesis == nil ? nil : $0 } }
        let member = try lines.required("Member") { FleetName.isName($0) ? $0 : nil }
        let time = try lines.required("Time") { ReceiptTime($0) }
        let heads = lines.digests("Head", limit: DecisionBlock.mostDigests)
        guard !heads.isEmpty else { throw .line(lines.number) }
        let decisions = try lines.required("Decisions") { Self.count($0) }
        let waiting = try lines.required("Waiting") { Self.count($0) }
        let trusted = try lines.required("Trusted") { TrustedSet($0) }
        let local = try lines.required("Local") { Self.count($0) }
        let outcome = try lines.required("Outcome") { Outcome($0) }
        let version = try lines.required("Version") { FleetName.isName($0) ? $0 : nil }
        guard lines.isAtEnd else { throw .line(lines.number) }
        self.init(
            fleet: fleet, member: member, time: time, heads: heads, decisions: decisions, waiting: waiting, trusted: trusted, local: local,
            outcome: outcome, version: version)
        guard encoded.elementsEqual(bytes) else { throw .line(1) }
    }

    /// The text, as it is signed.
    package var encoded: [UInt8] {
        var text = "\(Self.kind) 1\nFleet: \(fleet)\nMember: \(member)\nTime: \(time)\n"
        for head in heads { text += "Head: \(head)\n" }
        text +=
            "Decisions: \(decisions)\nWaiting: \(waiting)\nTrusted: \(trusted)\nLocal: \(local)\nOutcome: \(outcome)\nVersion: \(version)\n"
        return Array(text.utf8)
    }
}

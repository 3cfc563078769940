import TrustCore

@testable import Fleet
@testable import FleetCarrier

/// Histories and what follows from them as plain text, for the second implementation of the rules (`Fixtures/README`).
enum FleetTranscript {
    /// The first 16 digits: they keep the order, and in random numbers no two are alike.
    private static func id(_ digest: Digest) -> String {
        let digits = String(digest.first, radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
    /// Each behind a blank.
    private static func ids(_ digests: some Sequence<Digest>) -> String { digests.map { " \(id($0))" }.sorted().joined() }

    static func history(_ name: String, _ decisions: [SignedDecision], genesis: Digest) -> String {
        var text = "history \(name)\ngenesis \(id(genesis))\n"
        for one in decisions {
            let decision = one.decision
            text += "decision \(id(one.digest))\nfleet \(decision.fleet.name)\nserial \(decision.serial)\nsigner \(decision.signer)\n"
            text += decision.flaw == nil ? "sound\n" : "flawed\n"
            for parent in decision.parents { text += "parent \(id(parent))\n" }
            for signer in one.signers { text += "signature \(id(signer.key)) \(signer.isTouched ? "touched" : "untouched")\n" }
            for block in decision.blocks {
                switch block {
                case .fingerprint(let block): text += "fingerprint \(id(block.digest)) \(block.after.rawValue)\n"
                case .key(let block):
                    text +=
                        "key \(id(block.key.identity)) \(block.key.name) \(block.after.rawValue) \(block.requiresTouch ? "touch" : "free")\n"
                case .member(let block): text += "member \(id(block.key.identity)) \(block.key.name) \(block.after.rawValue)\n"
                }
                for digest in block.replaces { text += "replaces \(id(digest))\n" }
            }
        }
        return text + "end\n"
    }

    static func answer(_ name: String, _ state: FleetState?) -> String {
        var text = "history \(name)\n"
        guard let state else { return text + "no fleet\nend\n" }
        text += "accepted\(ids(state.accepted))\nvoid\(ids(state.void.keys))\nwaiting\(ids(state.waiting.keys))\nheads\(ids(state.heads))\n"
        text += "next \(state.nextSerial)\n"
        for (digest, found) in state.fingerprints.sorted(by: { $0.key < $1.key }) {
            text += "fingerprint \(id(digest)) \(found.after.rawValue)\nstanding\(ids(found.standing))\ntaken\(ids(found.waiting))\n"
            text += "suspended\(ids(found.suspended))\n"
        }
        for key in state.keys.sorted(by: { $0.key.identity < $1.key.identity }) {
            text += "key \(id(key.key.identity)) \(key.key.name) \(key.power.rawValue)\nstanding\(ids(key.standing))\n"
        }
        for (digest, member) in state.members.sorted(by: { $0.key < $1.key }) {
            text += "member \(id(digest)) \(member.key.name) \(member.power.rawValue)\nstanding\(ids(member.standing))\n"
        }
        return text + "end\n"
    }
}

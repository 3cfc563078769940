import Testing
import TrustCore

@testable import Fleet
@testable import FleetCarrier

extension FleetTranscript {
    struct Read {
        let name: String
        var genesis: Digest
        var decisions: [SignedDecision] = []
    }

    /// The histories of a text that `history` wrote. The keys are those of `FleetWorld`.
    static func read(_ text: String) throws -> [Read] {
        try text.split(separator: "end\n").map { history in
            var parts = history.split(separator: "decision ")
            let head = parts.removeFirst().split(whereSeparator: \.isWhitespace)
            var read = Read(name: String(head[1]), genesis: try digest(head[3]))
            read.decisions = try parts.map { try decision($0, genesis: read.genesis) }
            return read
        }
    }

    private static func decision(_ text: Substring, genesis: Digest) throws -> SignedDecision {
        var (values, parents, signers): ([String: String], [Digest], [SignedDecision.Signer]) = ([:], [], [])
        var blocks: [[[Substring]]] = []
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        let id = try digest(lines[0][0])
        for line in lines.dropFirst() {
            switch line[0] {
            case "sound", "flawed": values["soundness"] = String(line[0])
            case "parent": parents.append(try digest(line[1]))
            case "signature": signers.append(.init(key: try key(line[1]), isTouched: line[2] == "touched"))
            case "replaces": blocks[blocks.count - 1].append(line)
            case "fingerprint", "key", "member": blocks.append([line])
            default: values[String(line[0])] = String(line[1])
            }
        }
        let isFlawed = values["soundness"] == "flawed"
        let digits = try #require(values["serial"])
        let serial = try #require(Serial(digits))
        let decision = Decision(
            fleet: FleetIdentity(name: try #require(values["fleet"]), genesis: parents.isEmpty ? nil : genesis),
            serial: serial, parents: parents, time: FleetWorld.time,
            signer: try #require(values["signer"]), blocks: try blocks.map { try block($0, isFlawed: isFlawed) })
        return SignedDecision(digest: id, decision: decision, signers: signers)
    }

    private static func block(_ lines: [[Substring]], isFlawed: Bool) throws -> DecisionBlock {
        let (words, replaces) = (lines[0].map(String.init), try lines.dropFirst().map { try digest($0[1]) })
        switch words[0] {
        case "fingerprint":
            let after = try #require(FingerprintPower(rawValue: words[2]))
            return FleetWorld.fingerprint(String(words[1].prefix(1)), after, until: isFlawed ? FleetWorld.end : nil, replaces: replaces)
        case "key":
            let after = try #require(KeyPower(rawValue: words[3]))
            let known = try #require(FleetWorld.everybody.first { $0.identity.description.hasPrefix(words[1]) })
            let key = try #require(NamedKey(name: words[2], type: known.type, wire: known.wire))
            return .key(KeyBlock(key, after, requiresTouch: words[4] == "touch", replaces: replaces))
        default: return FleetWorld.member(words[2], try #require(MemberPower(rawValue: words[3])), replaces: replaces)
        }
    }

    /// The 16 digits that the file has, and zeros: in the same order as the whole ones were.
    private static func digest(_ digits: Substring) throws -> Digest {
        try #require(Digest(hex: digits + String(repeating: "0", count: 48)))
    }

    private static func key(_ digits: Substring) throws -> Digest {
        try #require(FleetWorld.everybody.first { $0.identity.description.hasPrefix(digits) }).identity
    }
}

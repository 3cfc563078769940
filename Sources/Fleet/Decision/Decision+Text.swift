import FleetCarrier
import TrustCore

extension Decision {
    /// Bytes of a whole text.
    package static let maximumSize = PackRecord.maximumBody
    package static let mostBlocks = 1_000

    /// The decision whose text `bytes` are. Throws for any other bytes: `encoded` gives back the same ones, or they are no decision.
    package init(_ bytes: [UInt8]) throws(FleetTextError) {
        var lines = try ExactLines(bytes, kind: Self.kind, limit: Self.maximumSize)
        fleet = try lines.required("Fleet") { FleetIdentity($0) }
        serial = try lines.required("Serial") { Serial($0) }
        parents = lines.digests("Parent", limit: DecisionBlock.mostDigests)
        // The first decision has no parents, every other one has.
        guard parents.isEmpty == (fleet.genesis == nil) else { throw .line(lines.number) }
        time = try lines.required("Time") { text in Timestamp(rfc3339: text).flatMap { $0.description == text ? $0 : nil } }
        signer = try lines.required("Signer") { FleetName.isName($0) ? $0 : nil }
        reason = lines.value(of: "Reason")
        var blocks: [DecisionBlock] = []
        repeat {
            try lines.blank()
            let block = try DecisionBlock(&lines)
            guard blocks.count < Self.mostBlocks, (blocks.last?.item.kind.rawValue ?? 0) <= block.item.kind.rawValue else {
                throw .line(lines.number - 1)
            }
            blocks.append(block)
        } while !lines.isAtEnd
        self.blocks = blocks
        // What was read has one spelling already; this holds whatever was forgotten above.
        guard encoded.elementsEqual(bytes) else { throw .line(1) }
    }

    private static let kind = "trust-decision"

    /// The text, as it is signed. A decision that was made in memory, not read, is one only if its text reads back.
    package var encoded: [UInt8] {
        var text = "\(Self.kind) 1\nFleet: \(fleet)\nSerial: \(serial)\n"
        for parent in parents { text += "Parent: \(parent)\n" }
        text += "Time: \(time)\nSigner: \(signer)\n"
        if let reason { text += "Reason: \(reason)\n" }
        for block in blocks { text += "\n\(block.encoded)" }
        return Array(text.utf8)
    }
}

extension DecisionBlock {
    fileprivate init(_ lines: inout ExactLines) throws(FleetTextError) {
        if let digest = lines.value(of: "Fingerprint", { Digest(hex: $0) }) {
            let after = try lines.required("After") { FingerprintPower(rawValue: $0) }
            let label = lines.value(of: "Label")
            let until = lines.value(of: "Until") { text in Timestamp(rfc3339: text).flatMap { $0.description == text ? $0 : nil } }
            let note = lines.value(of: "Note")
            let replaces = lines.digests("Replaces", limit: Self.mostDigests)
            self = .fingerprint(FingerprintBlock(digest, after, label: label, until: until, note: note, replaces: replaces))
        } else if let key = lines.value(of: "Key", { NamedKey($0) }) {
            let after = try lines.required("After") { KeyPower(rawValue: $0) }
            let requiresTouch = lines.value(of: "Touch") { $0 == Self.touch ? true : nil } ?? false
            let replaces = lines.digests("Replaces", limit: Self.mostDigests)
            self = .key(KeyBlock(key, after, requiresTouch: requiresTouch, replaces: replaces))
        } else {
            let key = try lines.required("Member") { NamedKey($0) }
            let after = try lines.required("After") { MemberPower(rawValue: $0) }
            self = .member(MemberBlock(key, after, replaces: lines.digests("Replaces", limit: Self.mostDigests)))
        }
    }

    private static let touch = "required"

    /// Bytes in a text, with the blank line before it.
    var length: Int { 1 + encoded.utf8.count }

    fileprivate var encoded: String {
        var text = ""
        switch self {
        case .fingerprint(let block):
            text = "Fingerprint: \(block.digest)\nAfter: \(block.after.rawValue)\n"
            if let label = block.label { text += "Label: \(label)\n" }
            if let until = block.until { text += "Until: \(until)\n" }
            if let note = block.note { text += "Note: \(note)\n" }
        case .key(let block):
            text = "Key: \(block.key)\nAfter: \(block.after.rawValue)\n"
            if block.requiresTouch { text += "Touch: \(Self.touch)\n" }
        case .member(let block): text = "Member: \(block.key)\nAfter: \(block.after.rawValue)\n"
        }
        for digest in replaces { text += "Replaces: \(digest)\n" }
        return text
    }
}

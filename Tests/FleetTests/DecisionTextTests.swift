import Foundation
import Testing
import TrustCore

@testable import Fleet
@testable import FleetCarrier

@Suite("A decision's text has one spelling, and says what it shows") struct DecisionTextTests {
    private static let one = String(repeating: "A", count: 63)
    private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIKJy4p2zewcL4ZXWvPu375F/zbyTM+5eVBl3MKoEgglq"

    /// Every line that a text may have.
    static let whole = """
        trust-decision 1
        Fleet: example-mail \(one)0
        Serial: 2
        Parent: \(one)1
        Parent: \(one)2
        Time: 2026-11-28T02:00:07Z
        Signer: alice@example.org
        Reason: compared by telephone

        Fingerprint: \(one)3
        After: approved
        Label: alice’s „Büro“
        Until: 2027-01-01T00:00:00Z
        Note: a notebook
        Replaces: \(one)4
        Replaces: \(one)5

        Key: bob ssh-ed25519 \(key)
        After: operator
        Touch: required
        Replaces: \(one)4

        Member: mx1.example.org ssh-ed25519 \(key)
        After: member
        Replaces: \(one)4

        """
    private static let optional = ["Reason", "Label", "Until", "Note", "Replaces", "Touch"]

    private func reads(_ text: String) -> Bool {
        do {
            let decision = try Decision(Array(text.utf8))
            #expect(decision.encoded == Array(text.utf8))
            return true
        } catch { return false }
    }

    @Test("a whole text reads back, byte for byte") func wholeText() throws {
        let decision = try Decision(Array(Self.whole.utf8))
        #expect(decision.encoded == Array(Self.whole.utf8))
        #expect(decision.serial.number == 2 && decision.parents.count == 2 && decision.signer == "alice@example.org")
        #expect(decision.blocks.count == 3 && decision.blocks[0].replaces.count == 2)
        for record in try SignedPack.records() { #expect(try Decision(record.body).encoded == record.body) }
    }

    @Test("every line absent, twice, or later than its place") func everyLine() {
        let lines = Self.whole.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        for (index, line) in lines.enumerated() {
            let name = String(line.prefix { $0 != ":" })
            var without = lines
            without.remove(at: index)
            // One of two parents may be absent, and a block of its own may begin earlier or later.
            let isAllowed = Self.optional.contains(name) || name == "Parent"
            #expect(reads(without.joined(separator: "\n") + "\n") == isAllowed, "without line \(index + 1): \(line)")
            var twice = lines
            twice.insert(line, at: index)
            #expect(!reads(twice.joined(separator: "\n") + "\n"), "twice: \(line)")
            guard index + 1 < lines.count else { continue }
            var late = lines
            late.swapAt(index, index + 1)
            #expect(!reads(late.joined(separator: "\n") + "\n"), "late: \(line)")
        }
    }

    @Test("what is not exactly the text is none") func spellings() {
        let whole = Self.whole
        func changed(_ old: String, _ new: String) -> String { whole.replacingOccurrences(of: old, with: new) }
        let others: [(String, String)] = [
            ("no last line end", String(whole.dropLast())), ("one line end more", whole + "\n"), ("a line before it", "\n" + whole),
            ("CR", changed("\n", "\r\n")), ("one CR", changed("telephone", "telephone\r")),
            ("a tab", changed("by telephone", "by\ttelephone")), ("trailing blank", changed("telephone", "telephone ")),
            ("blank before a value", changed("Reason: ", "Reason:  ")), ("no blank", changed("Reason: ", "Reason:")),
            ("an empty value", changed("Reason: compared by telephone", "Reason: ")),
            ("lower-case digits", changed("\(Self.one)3", "\(Self.one)3".lowercased())),
            ("a short digest", changed("\(Self.one)3", Self.one)),
            ("parents not ascending", changed("Parent: \(Self.one)1\n", "Parent: \(Self.one)7\n")),
            ("the same parent twice", changed("\(Self.one)2", "\(Self.one)1")), ("a leading zero", changed("Serial: 2", "Serial: 02")),
            ("a sign", changed("Serial: 2", "Serial: +2")), ("direction marks", changed("telephone", "\u{202E}telephone")),
            ("a zero-width character", changed("alice’s", "alice\u{200B}’s")),
            ("an escape sequence", changed("telephone", "\u{1B}[2Jtelephone")), ("a C1 control", changed("telephone", "\u{9B}telephone")),
            ("no-break space", changed("by telephone", "by\u{A0}telephone")), ("what looks escaped", changed("telephone", "\\\\u{41}")),
            ("a moment that is none", changed("2026-11-28T", "2026-11-31T")), ("a leap second", changed("02:00:07Z", "02:00:60Z")),
            ("another zone", changed("02:00:07Z", "02:00:07+00:00")), ("another word", changed("After: approved", "After: Approved")),
            ("another kind of text", changed("trust-decision 1", "trust-receipt 1")),
            ("a version like none", changed("trust-decision 1", "trust-decision 01")),
            ("base64 in another spelling", changed(Self.key, "AAB=")),
            ("base64 with a blank", changed(Self.key, "AAAA \(Self.key)")),
            ("a key's name with a blank", changed("Key: bob", "Key: bob b")),
            ("an upper-case fleet", changed("example-mail", "Example-mail")),
            ("touch of another kind", changed("Touch: required", "Touch: none")),
            ("member and operator", changed("After: member", "After: operator")),
            ("a genesis with parents", changed("example-mail \(Self.one)0", "example-mail -")),
            ("no parents", changed("Parent: \(Self.one)1\nParent: \(Self.one)2\n", "")),
            ("no block", String(whole.prefix(upTo: whole.range(of: "\n\n")?.upperBound ?? whole.endIndex).dropLast())),
            (
                "blocks in another order",
                changed("Fingerprint: \(Self.one)3\nAfter: approved", "Member: m ssh-ed25519 \(Self.key)\nAfter: member")
            ), ("a value of 1,001 bytes", changed("compared by telephone", String(repeating: "x", count: 1_001))), ("nothing", ""),
            ("a line end", "\n"),
        ]
        for (what, text) in others { #expect(!reads(text), "\(what)") }
        #expect(reads(changed("compared by telephone", String(repeating: "x", count: 1_000))))
        #expect(reads(changed("compared by telephone", "C:\\mail and O=Acme\\, Inc.")))
        #expect(reads(changed("Serial: 2", "Serial: 99999999999999999999999")), "it is read, and void")
        #expect(reads(changed(Self.key, "AAA=")), "it is no key of the type: read, and void")
        #expect(reads(changed("ssh-ed25519", "ssh-ed448")), "a type that is not known is read, and void")
    }

    @Test("invalid UTF-8 is none, and a newer version is named") func versions() {
        let bytes = Array(Self.whole.utf8)
        let place = bytes.count / 2
        #expect(throws: FleetTextError.self) { try Decision(bytes[..<place] + [0xFF] + bytes[place...]) }
        #expect(throws: FleetTextError.version(Printable("2"))) {
            try Decision(Array(Self.whole.replacingOccurrences(of: "trust-decision 1", with: "trust-decision 2").utf8))
        }
        #expect(throws: FleetTextError.line(3)) {
            try Decision(Array(Self.whole.replacingOccurrences(of: "Serial: 2", with: "Serial: x").utf8))
        }
    }

    @Test("the limits: 8 parents, 1,000 blocks, 256 KiB") func limits() throws {
        func text(parents: Int, blocks: Int, note: String = "x") -> [UInt8] {
            let head = Self.whole.replacingOccurrences(
                of: "Parent: \(Self.one)1\nParent: \(Self.one)2\n", with: (0..<parents).map { "Parent: \(Self.one)\($0)\n" }.joined())
            let start = head.range(of: "\n\n")?.lowerBound ?? head.endIndex
            let many = (0..<blocks).map { number in
                let digits = String(number)
                let digest = String(repeating: "B", count: 64 - digits.count) + digits
                return "\nFingerprint: \(digest)\nAfter: none\nNote: \(note)\n"
            }
            return Array((String(head[..<start]) + "\n" + many.joined()).utf8)
        }
        #expect(try Decision(text(parents: 8, blocks: 1_000)).blocks.count == 1_000)
        #expect(throws: FleetTextError.self) { try Decision(text(parents: 9, blocks: 1)) }
        #expect(throws: FleetTextError.self) { try Decision(text(parents: 8, blocks: 1_001)) }
        let large = text(parents: 1, blocks: 300, note: String(repeating: "n", count: 900))
        #expect(large.count > Decision.maximumSize)
        #expect(throws: FleetTextError.tooLarge(limit: 256 * 1024)) { try Decision(large) }
    }

    @Test("the texts of signatures.pack and their signatures give the state that the script meant") func signed() throws {
        let signed = try SignedPack.records().map { try SignedDecision(body: $0.body, signature: $0.signature) }
        let state = try #require(FleetState(signed, genesis: signed[0].digest))
        #expect(state.void == [signed[5].digest: .untouched])
        #expect(state.fleet == FleetIdentity(name: "example-mail", genesis: signed[0].digest))
        #expect(state.trusted.map(\.description) == ["B", "C", "D"].map { String(repeating: $0, count: 64) })
        #expect(state.after("A") == FingerprintPower.none && state.after("E") == nil)
        #expect(state.keys.map(\.key.name) == ["root", "alice", "bob", "carol"] && state.keys[3].requiresTouch)
        #expect(state.members.values.map(\.key.name) == ["mx1.example.org"] && state.heads == [signed[6].digest])

        let records = try SignedPack.records()
        #expect(throws: SignedDecision.Failure.wrongSignature) {
            try SignedDecision(body: records[1].body, signature: records[2].signature)
        }
        #expect(throws: SignedDecision.Failure.unreadableSignature) { try SignedDecision(body: records[1].body, signature: []) }
        #expect(throws: SignedDecision.Failure.self) { try SignedDecision(body: records[1].body + [0x0A], signature: records[1].signature) }
    }
}

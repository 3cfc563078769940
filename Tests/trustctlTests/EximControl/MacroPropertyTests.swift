import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl

/// Configuration files made by chance, with one definition in each, as people write them.
struct GeneratedFile {
    let before: String
    let definition: String
    let after: String
    let items: [TrustList.Item]

    var bytes: [UInt8] { Array((before + definition + after).utf8) }

    init(seed: Int) throws {
        var random = Seeded(seed)
        var text = ""
        for _ in 0..<Int.random(in: 0...5, using: &random) { text += Self.other(&random) }
        before = text

        let blank = { (random: inout Seeded) in random.pick(["", " ", "  ", "\t", " \t "]) }
        var definition = blank(&random) + "RELAY_FROM_CERTS" + blank(&random) + "=" + blank(&random)
        var items: [TrustList.Item] = []
        var comments: [String] = []
        let count = Int.random(in: 0...5, using: &random)
        for index in 0..<count {
            // A new line, and comments on it.
            if Bool.random(using: &random) {
                definition += random.pick(["\\", " \\", "\\ \t"]) + "\n"
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    let comment = random.pick([
                        "alice", "bob: the “boss” \\", "", "laptop, approved 2026-01-02 by root", "RELAY_FROM_CERTS = X",
                    ])
                    definition += blank(&random) + "#" + (comment.isEmpty ? "" : " " + comment) + "\n"
                    comments.append(comment)
                }
                definition += blank(&random)
            }
            let fingerprint = try random.fingerprint()
            items.append(.init(fingerprint: fingerprint, comments: comments))
            comments = []
            definition += "\(fingerprint)" + blank(&random)
            if index < count - 1 || Bool.random(using: &random) { definition += ":" + random.pick([" ", "\t", "  "]) }
        }
        self.items = items
        var rest = random.pick(["\n", "\n\n", "\\\n\n", "\\\n# the end \\\n\n"])
        for _ in 0..<Int.random(in: 0...5, using: &random) { rest += Self.other(&random) }
        let ending = random.pick(["", "begin acl\ncheck:\n  accept condition = ${if inlist{x}{RELAY_FROM_CERTS}}\n"])
        self.definition = definition
        after = rest + ending
    }

    private static func other(_ random: inout Seeded) -> String {
        random.pick([
            "\n", "# RELAY_FROM_CERTS = comment \\\n", "hostlist h\(random.next()) = *\n",
            "domainlist d\(random.next()) = a : \\\n  # c\n  b\n",
            "M_\(random.next()) = RELAY \\\n\n", ".ifdef NOT_DEFINED\nnonsense\n.else\n.endif\n", "\t# ünï \u{202E}\n",
            "addresslist l\(random.next()) = x \\\n   RELAY_FROM_CERTS_ \\\n\n",
        ])
    }
}

@Suite("MacroDefinition over files made by chance")
struct MacroPropertyTests {
    private func read(_ bytes: [UInt8]) throws -> MacroDefinition { try MacroDefinition(in: bytes, file: "/list") }

    @Test("an edit changes the set as intended, and no byte outside of the definition", arguments: 0..<300)
    func edit(seed: Int) throws {
        let file = try GeneratedFile(seed: seed)
        var random = Seeded(~seed)
        let definition = try read(file.bytes)
        #expect(definition.list.items == file.items)

        let fresh = try random.fingerprint()
        let gone = Set(file.items.filter { _ in Bool.random(using: &random) }.map(\.fingerprint))
        let next = definition.list.removing(gone).approving(fresh, note: ListNote(label: "x", day: "2026-11-22", by: "root"))
        let edited = definition.file(with: next)
        let again = try read(edited)
        #expect(again.list == next)
        #expect(again.list.fingerprints == definition.list.fingerprints.subtracting(gone).union([fresh]))

        #expect(edited.starts(with: file.before.utf8))
        // The line end, and comments before the blank line that ends it, are the definition's own.
        let own = file.after.hasPrefix("\\\n# the end \\\n") ? "\\\n# the end \\\n" : file.after.hasPrefix("\\\n") ? "\\\n" : "\n"
        #expect(edited.suffix(file.after.utf8.count - own.utf8.count).elementsEqual(file.after.dropFirst(own.count).utf8))
        #expect(String(decoding: edited, as: UTF8.self).contains("# the end") == file.after.contains("# the end"))
    }

    @Test("approving a new fingerprint and removing it restores the set and the comments", arguments: 0..<100)
    func roundTrip(seed: Int) throws {
        let file = try GeneratedFile(seed: seed)
        var random = Seeded(seed + 1_000_000)
        let fresh = try random.fingerprint()
        let definition = try read(file.bytes)
        let note = ListNote(label: nil, day: "2026-11-22", by: "root")
        let with = try read(definition.file(with: definition.list.approving(fresh, note: note)))
        let without = try read(with.file(with: with.list.removing([fresh])))
        #expect(without.list == definition.list)
        let count = { (bytes: [UInt8]) in String(decoding: bytes, as: UTF8.self).split(separator: "\n").count { $0.trimmed.first == "#" } }
        #expect(count(without.file(with: without.list)) == count(file.bytes))
    }

    @Test("the real Exim reads what we read, before an edit and after it", arguments: 0..<40)
    func exim(seed: Int) throws {
        let file = try GeneratedFile(seed: seed)
        var random = Seeded(seed + 2_000_000)
        let definition = try read(file.bytes)
        let next = definition.list.removing(Set(file.items.prefix(1).map(\.fingerprint)))
            .approving(try random.fingerprint(), note: ListNote(label: "a, b", day: "2026-11-22", by: "root"))
        let before = try EximsWord.about(file.bytes).fingerprints()
        let after = try EximsWord.about(definition.file(with: next)).fingerprints()
        #expect(before == definition.list.fingerprints)
        #expect(after == next.fingerprints)
    }

    /// Pieces of lines put together blindly: most are nonsense.
    private static let pieces = [
        "RELAY_FROM_CERTS", " = ", " == ", "=", ":", " : ", "::", "\\\n", "\\\n", "\n", "\n", " ", "\t", "# c", "#", "\\", Some.a, Some.b,
        Some.c, ".ifdef NOT\n", ".ifndef NOT\n", ".else\n", ".endif\n", "\r\n", "queue_only", "Q = ", "RELAY_FROM_CERTS = ", Some.a,
        "\u{C}",
        "begin acl\n", "\\\\\n", "RELAY_\\\nFROM_CERTS =", "\u{0}", "\u{301}",
    ]

    @Test("if we read random text as a plain list, Exim reads the same list or refuses", arguments: 0..<8)
    func nonsense(seed: Int) throws {
        var random = Seeded(seed + 3_000_000)
        var checked = 0
        for _ in 0..<3_000 where checked < 25 {
            var text = random.pick(["", "", "queue_only\n", ".ifdef NOT\n", "Q = 1\\\n"]) + random.pick(["", "RELAY_FROM_CERTS = "])
            for _ in 0..<Int.random(in: 1...12, using: &random) { text += random.pick(Self.pieces) }
            guard let definition = try? read(Array(text.utf8)), definition.list.items.count > 1 || text.count > 90 else { continue }
            checked += 1
            let word = try EximsWord.about(Array(text.utf8))
            guard word != .refuses else { continue }
            let understood = try word.fingerprints()
            #expect(understood == definition.list.fingerprints, "\(text.debugDescription)")
        }
        #expect(checked > 10)
    }
}

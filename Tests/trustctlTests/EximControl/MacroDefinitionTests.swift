import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl

/// A file that trustctl changes.
struct AcceptedFile: Sendable, CustomTestStringConvertible {
    let what: String
    let text: String
    let hashes: [String]

    init(_ what: String, _ text: String, _ hashes: [String]) {
        self.what = what
        self.text = text
        self.hashes = hashes
    }

    var testDescription: String { what }

    private static let (a, b, c) = (Some.a, Some.b, Some.c)

    static let all = [
        AcceptedFile("empty", "RELAY_FROM_CERTS =\n", []),
        AcceptedFile("empty without a newline", "RELAY_FROM_CERTS =", []),
        AcceptedFile("empty and continued into a blank line", "RELAY_FROM_CERTS = \\\n\nqueue_only\n", []),
        AcceptedFile("one on one line", "RELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("no blanks at all", "RELAY_FROM_CERTS=\(a):\(b)", [a, b]),
        AcceptedFile("two on one line, tabs", "\tRELAY_FROM_CERTS\t=\t\(a)\t:\t\(b)\t\n", [a, b]),
        AcceptedFile("leading blanks", "   RELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("a colon at the end", "RELAY_FROM_CERTS = \(a) : \(b) :\n", [a, b]),
        AcceptedFile("a colon at the beginning", "RELAY_FROM_CERTS = : \(a)\n", [a]),
        AcceptedFile("an empty item", "RELAY_FROM_CERTS = \(a) : : \(b)\n", [a, b]),
        AcceptedFile("one a line", "RELAY_FROM_CERTS = \\\n  \(a) : \\\n  \(b)\n", [a, b]),
        AcceptedFile("colons before", "RELAY_FROM_CERTS = \(a) \\\n : \(b) \\\n : \(c)\n", [a, b, c]),
        AcceptedFile("blanks behind the backslash", "RELAY_FROM_CERTS = \(a) : \\ \t\n\(b)\n", [a, b]),
        AcceptedFile("a form feed behind the backslash", "RELAY_FROM_CERTS = \(a) : \\\u{C}\n\(b)\n", [a, b]),
        AcceptedFile(
            "comments between", "RELAY_FROM_CERTS = \\\n# alice\n \(a) : \\\n\n# not of it \\\nqueue_only\n", [a]),
        AcceptedFile("a comment before a blank line", "RELAY_FROM_CERTS = \\\n \(a) \\\n # the end\n\nqueue_only\n", [a]),
        AcceptedFile("a comment that ends in a backslash", "RELAY_FROM_CERTS = \\\n  # bob \\\n  \(a)\nqueue_only\n", [a]),
        AcceptedFile("CRLF", "# c\r\nRELAY_FROM_CERTS = \\\r\n # alice\r\n \(a) : \\\r\n \(b)\r\nqueue_only\r\n", [a, b]),
        AcceptedFile("a comment with a combining mark", "#\u{FE0F}\u{20E3} relay \\\nRELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("twice the same", "RELAY_FROM_CERTS = \(a) : \(a)\n", [a, a]),
        AcceptedFile(
            "sections behind", "RELAY_FROM_CERTS = \(a)\nbegin acl\ncheck:\n  accept condition = ${if inlist{x}{RELAY_FROM_CERTS}}\n", [a]),
        AcceptedFile(
            "a name that contains ours before", "OLD_RELAY_FROM_CERTS = \(b)\nRELAY_FROM_CERTS_2 = \(c)\nRELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("in a comment", "# RELAY_FROM_CERTS = \(b)\nRELAY_FROM_CERTS = \(a)\n  # RELAY_FROM_CERTS == \(c)\n", [a]),
        AcceptedFile(
            "in another's continued line", "OTHER = x \\\n  RELAY_FROM_CERTS = \(b)\nRELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("as another's value", "RELAY_FROM_CERTS = \(a)\nOTHER = RELAY_FROM_CERTS == \(b)\n", [a]),
        AcceptedFile("conditionals before", ".ifdef NOT\nqueue_only\n.else\n.endif\nRELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("conditionals around all others", ".ifdef NOT\nX = 1\n.endif\nRELAY_FROM_CERTS = \(a)\n.ifndef X\n.endif\n", [a]),
        AcceptedFile("a lone backslash before", "\\\nRELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("an empty continued line before", "X = 1 \\\n\nRELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("a macro that is no part of a hash", "G1 = x\nABCDEFG = y\nRELAY_FROM_CERTS = \(a)\n", [a]),
        AcceptedFile("a word that begins like a section", "primary_hostname = x\nRELAY_FROM_CERTS = \(a)\nbegin\u{20}\u{20}acl\n", [a]),
    ]
}

@Suite("MacroDefinition")
struct MacroDefinitionTests {
    private func read(_ text: String) throws -> MacroDefinition { try MacroDefinition(in: Array(text.utf8), file: "/list") }

    private func read(_ bytes: [UInt8]) throws -> MacroDefinition { try MacroDefinition(in: bytes, file: "/list") }

    @Test("every usual spelling is read as Exim reads it, before and after an edit", arguments: AcceptedFile.all)
    func accepted(_ file: AcceptedFile) throws {
        let definition = try read(file.text)
        #expect(definition.list.items.map(\.fingerprint.description) == file.hashes)
        #expect(definition.file(with: definition.list) == Array(file.text.utf8))

        let fresh = try Some.fingerprint("0F1E2D3C")
        let next = definition.list.approving(fresh, note: ListNote(label: "new", day: "2026-11-22", by: "root"))
        let edited = definition.file(with: next)
        #expect(try read(edited).list == next)
        let emptied = definition.file(with: TrustList())
        #expect(try read(emptied).list.items.isEmpty)
        try inFolder { folder throws in
            #expect(try EximsWord.about(Array(file.text.utf8), in: folder).fingerprints() == definition.list.fingerprints)
            #expect(try EximsWord.about(edited, in: folder).fingerprints() == next.fingerprints)
            #expect(try EximsWord.about(emptied, in: folder).fingerprints().isEmpty)
        }
    }

    @Test("an edited list has one fingerprint a line, with its comments above it") func golden() throws {
        let before = """
            # main
            domainlist here = a : \\
              b
             RELAY_FROM_CERTS = \(Some.a) : \\
              #  alice, the boss
              #
            # laptop, approved 2026-01-02 by root
            \t\(Some.b) : \(Some.c) : \\
              # nobody else

            queue_only
            """
        let definition = try read(before)
        #expect(definition.list.items.map(\.comments) == [[], ["alice, the boss", "", "laptop, approved 2026-01-02 by root"], []])
        #expect(definition.list.items.map(\.label) == [nil, "laptop", nil])
        let bob = try Some.fingerprint("0123456789ABCDEF")
        let next = definition.list.removing([try Some.fingerprint("A1")])
            .approving(bob, note: ListNote(label: nil, day: "2026-11-22", by: "carol"))
        let after = """
            # main
            domainlist here = a : \\
              b
             RELAY_FROM_CERTS = \\
              # alice, the boss
              #
              # laptop, approved 2026-01-02 by root
              \(Some.b) : \\
              \(Some.c) : \\
              # approved 2026-11-22 by carol
              \(bob)
            # nobody else

            queue_only
            """
        #expect(String(decoding: definition.file(with: next), as: UTF8.self) == after)
        #expect(try read(after).list == next)
        #expect(try read(after).file(with: next) == Array(after.utf8))
    }

    @Test("a redefinition stays a redefinition, and an empty list is one line") func redefinition() throws {
        let text = "RELAY_FROM_CERTS  == \(Some.a)\nqueue_only\n"
        let definition = try read(text)
        #expect(String(decoding: definition.file(with: TrustList()), as: UTF8.self) == "RELAY_FROM_CERTS  ==\nqueue_only\n")
        #expect(try read(definition.file(with: TrustList())).file(with: definition.list).starts(with: "RELAY_FROM_CERTS  == \\\n".utf8))
        try inFolder { folder throws in
            let word = try EximsWord.about(Array("RELAY_FROM_CERTS = \(Some.b)\n".utf8), in: folder)
            #expect(word == .value(Some.b))
            try folder.write("first", "RELAY_FROM_CERTS = \(Some.b)\n")
            let redefined = try EximsWord.about(Array(".include \(folder("first"))\n\(text)".utf8), in: folder)
            #expect(redefined == .value(Some.a))
        }
    }

    @Test("the file for a new list defines an empty list") func emptyFile() throws {
        #expect(try read(ListForm.macro.emptyFile).list == TrustList())
        #expect(try EximsWord.about(ListForm.macro.emptyFile) == .value(""))
    }

    @Test("bytes that are not UTF-8 are kept outside of the definition, and refused inside") func bytes() throws {
        let before: [UInt8] = [35, 0xFF, 0xC3, 10] + Array("RELAY_FROM_CERTS =\n".utf8) + [35, 0xE4, 0, 10]
        let next = TrustList(items: [.init(fingerprint: try Some.fingerprint("A1"), comments: [])])
        let after = try read(before).file(with: next)
        #expect(after == [35, 0xFF, 0xC3, 10] + Array("RELAY_FROM_CERTS = \\\n  \(Some.a)\n".utf8) + [35, 0xE4, 0, 10])
        for bad: UInt8 in [0xE4, 0] {
            let inside = Array("RELAY_FROM_CERTS = \\\n # ".utf8) + [bad] + Array("\n\(Some.a)\n".utf8)
            #expect(throws: TrustListError.self) { try read(inside) }
        }
    }

    @Test("a line ends at its first NUL, as in Exim") func nul() throws {
        // The backslash behind the NUL continues nothing.
        let text = Array("X = 1 ".utf8) + [0] + Array("\\\nRELAY_FROM_CERTS = \(Some.a)\n".utf8)
        #expect(try read(text).list.fingerprints.count == 1)
        #expect(try EximsWord.about(text) == .value(Some.a))
    }

    @Test("a list of ten thousand fingerprints is read and written") func large() throws {
        var random = Seeded(1)
        var items: [TrustList.Item] = []
        for number in 0..<10_000 { items.append(.init(fingerprint: try random.fingerprint(), comments: ["number \(number)"])) }
        let written = try read(ListForm.macro.emptyFile).file(with: TrustList(items: items))
        #expect(try read(written).list.items == items)
    }
}

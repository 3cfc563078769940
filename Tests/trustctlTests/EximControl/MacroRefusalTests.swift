import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl

/// A file that trustctl must not change, and what Exim reads in it.
struct RefusedFile: Sendable, CustomTestStringConvertible {
    let what: String
    let text: String
    /// Nil: the error says that the file does not define the macro.
    let line: Int?
    let words: String
    let exim: EximsWord

    init(_ what: String, _ text: String, _ line: Int?, _ words: String, _ exim: EximsWord) {
        self.what = what
        self.text = text
        self.line = line
        self.words = words
        self.exim = exim
    }

    var testDescription: String { what }

    private static let (a, b) = (Some.a, Some.b)
    private static let colons = "A1:" + String(repeating: "A1:", count: 30) + "A1"
    private static let definition = "RELAY_FROM_CERTS = \(Some.a)\n"

    static let all = [
        RefusedFile("an empty file", "", nil, "does not define", .knowsNone),
        RefusedFile("only a comment", "# RELAY_FROM_CERTS = \(a)\n", nil, "does not define", .knowsNone),
        RefusedFile("another macro whose name begins with ours", "RELAY_FROM_CERTS_2 = \(a)\n", nil, "does not define", .knowsNone),
        RefusedFile("no equals sign", "RELAY_FROM_CERTS \(a)\n", nil, "does not define", .refuses),
        RefusedFile("lower-case digits", "RELAY_FROM_CERTS = \(a.lowercased())\n", 1, "never matches", .value(a.lowercased())),
        RefusedFile("colons in the hash", "RELAY_FROM_CERTS = \(colons)\n", 1, "is not a fingerprint", .value(colons)),
        RefusedFile("a digit too few", "RELAY_FROM_CERTS = \(a.dropLast())\n", 1, "is not a fingerprint", .value("\(a.dropLast())")),
        RefusedFile("quotes", "RELAY_FROM_CERTS = \"\(a)\"\n", 1, "is not a fingerprint", .value("\"\(a)\"")),
        RefusedFile("another separator", "RELAY_FROM_CERTS = <; \(a) ; \(b)\n", 1, "is not a fingerprint", .value("<; \(a) ; \(b)")),
        RefusedFile("a comment at the end of the line", "RELAY_FROM_CERTS = \(a) # alice\n", 1, "is not a fin", .value("\(a) # alice")),
        RefusedFile("a lookup", "RELAY_FROM_CERTS = ${lookup{x}cdb{/y}}\n", 1, "plain list", .value("${lookup{x}cdb{/y}}")),
        RefusedFile("another macro", "OTHER = \(a)\nRELAY_FROM_CERTS = OTHER\n", 2, "plain list", .value(a)),
        RefusedFile("a doubled colon", "RELAY_FROM_CERTS = \(a) :: \(b)\n", 1, "literal colon", .value("\(a) :: \(b)")),
        RefusedFile(
            "a doubled colon over two lines", "RELAY_FROM_CERTS = \(a) :\\\n  : \(b)\n", 2, "literal colon", .value("\(a) :: \(b)")),
        RefusedFile("a missing colon", "RELAY_FROM_CERTS = \(a) \\\n  \(b)\n", 1, "a colon is missing", .value("\(a) \(b)")),
        RefusedFile(
            "a missing colon after a comment", "RELAY_FROM_CERTS = \\\n \(a) \\\n # bob\n  \(b)\n", 2, "a colon is missing",
            .value("\(a) \(b)")),
        RefusedFile(
            "a hash over two lines", "RELAY_FROM_CERTS = \(a.prefix(40))\\\n  \(a.suffix(24))\n", 1, "a colon is missing", .value(a)),
        RefusedFile("two backslashes", "RELAY_FROM_CERTS = \(a) \\\\\n\nqueue_only\n", 1, "missing", .value("\(a) queue_only")),
        RefusedFile(
            "the digest of no certificate", "RELAY_FROM_CERTS = \(a) : \\\n\(Some.poison)\n", 2, "no certificate",
            .value("\(a) : \(Some.poison)")),
        RefusedFile("the digest of nothing", "RELAY_FROM_CERTS = \(Some.nothing)\n", 1, "no certificate", .value(Some.nothing)),
        RefusedFile("a second definition", "\(definition)\nRELAY_FROM_CERTS = \(b)\n", 3, "second time", .refuses),
        RefusedFile("a redefinition after it", "\(definition)RELAY_FROM_CERTS == \(b)\n", 2, "second time", .value(b)),
        RefusedFile("inside a conditional", ".ifdef X\n\(definition).endif\n", 2, "conditional", .knowsNone),
        // Exim compares with the letter t where '\t' is meant (src/readconf.c): `.ifdeft` is a conditional, `.ifdef` with a tab is not one.
        RefusedFile("inside .ifdeft, which Exim takes for .ifdef", ".ifdeft X\n\(definition).endif\n", 2, "conditional", .knowsNone),
        RefusedFile("after .else", ".ifdef X\n.else\n\(definition).endif\n", 3, "conditional", .value(a)),
        RefusedFile(
            "a redefinition inside a conditional", "\(definition).ifndef X\nRELAY_FROM_CERTS == \(b)\n.endif\n", 3, "second time",
            .value(b)),
        RefusedFile(
            "a directive inside", "RELAY_FROM_CERTS = \(a) : \\\n.ifdef X\n\(b) : \\\n.endif\n\(b)\n", 2, "directive",
            .value("\(a) : \(b)")),
        RefusedFile("a backslash at the end of the file", "RELAY_FROM_CERTS = \(a) : \\\n", 1, "swallows", .value("\(a) : ")),
        RefusedFile(
            "a comment after the last backslash", "RELAY_FROM_CERTS = \(a) : \\\n# end\n", 2, "swallows",
            .value("\(a) : # end")),
        RefusedFile("part of the continued line before", "X = 1 \\\n# c\n\(definition)", 3, "swallowed", .knowsNone),
        RefusedFile("part of the line before, over a blank line", "X = 1 \\\\\n\n\(definition)", 3, "swallowed", .knowsNone),
        RefusedFile("after an ACL", "begin acl\ncheck:\n accept\n\(definition)", 4, "after the main section", .value(a)),
        RefusedFile(
            "a redefinition after an ACL", "\(definition)begin acl\ncheck:\n accept\nRELAY_FROM_CERTS == \(b)\n", 5, "second time",
            .value(b)),
        RefusedFile("the equals sign on the next line", "RELAY_FROM_CERTS \\\n = \(a)\n", 1, "continued before", .value(a)),
        RefusedFile("a name in two pieces", "RELAY_\\\nFROM_CERTS = \(a)\n", 1, "continued before", .value(a)),
        RefusedFile(
            "a redefinition in two pieces", "\(definition)RELAY_FROM\\\n_CERTS == \(b)\n", 2, "continued before", .value(b)),
        // Whether X is defined decides where the line above ends.
        RefusedFile(
            "a conditional inside the line before", "Q = 1 \\\n.ifdef X\nqueue_only\n.endif\n\(definition)", 5, "depends", .knowsNone),
        RefusedFile("a conditional around half the line before", ".ifdef X\nQ = 1 \\\n.endif\n\(definition)", 4, "depends", .value(a)),
        RefusedFile(
            "a definition in a conditional that looks outside of it", "Q = 1 \\\n.ifndef X\nz\n\(definition).endif\n", 4, "depends",
            .value(a)),
    ]
}

@Suite("Files that are not a plain list")
struct MacroRefusalTests {
    @Test("a file that is not understood is refused with file and line", arguments: RefusedFile.all)
    func refused(_ file: RefusedFile) throws {
        let error = #expect(throws: TrustListError.self) { try MacroDefinition(in: Array(file.text.utf8), file: "/etc/list") }
        let text = try #require(error).description
        #expect(text.contains(file.words))
        #expect(text.hasPrefix(file.line.map { "/etc/list:\($0): " } ?? "/etc/list does"))
        #expect(try EximsWord.about(Array(file.text.utf8)) == file.exim)
    }

    @Test("after .ifdef the letter t separates as a blank does, and a tab does not, as in Exim")
    func letterT() throws {
        func directive(_ line: String) -> LogicalLines.Line.Directive? {
            var lines = LogicalLines(Array(line.utf8))
            return lines.next()?.directive
        }
        for line in [".ifdef X", ".ifdeft X", ".ifdeft"] { #expect(directive(line) == .conditional(1), "\(line)") }
        for line in [".ifdef\tX", ".ifdefz X", ".ifdefT X"] { #expect(directive(line) == .conditional(0), "\(line)") }
        // What Exim says: the `.endif` belongs to no conditional where the line before is not one.
        for (line, word) in [(".ifdeft X", EximsWord.knowsNone), (".ifdef\tX", .refuses), (".ifdefz X", .refuses)] {
            #expect(try EximsWord.about(Array("\(line)\nRELAY_FROM_CERTS = \(Some.a)\n.endif\n".utf8)) == word, "\(line)")
        }
    }

    @Test("a hash that contains a macro's name is refused") func macroInside() throws {
        let text = Array("A1A = BB\nRELAY_FROM_CERTS = \(Some.a)\n".utf8)
        let error = #expect(throws: TrustListError.self) { try MacroDefinition(in: text, file: "/list") }
        let found = try #require(error)
        #expect(found.description == "/list:2: the macro A1A, which line 1 defines, changes this hash")
        #expect(try EximsWord.about(text) != .value(Some.a))
    }

    @Test("the attack: a combining mark does not hide a character that Exim sees") func combining() throws {
        for text in [
            "RELAY_FROM_CERTS =\u{338} \(Some.a)\n", "RELAY_FROM_CERTS = \(Some.a)\nRELAY_FROM_CERTS =\u{338}\n",
            "RELAY_FROM_CERTS = \(Some.a) :\u{301} \(Some.b)\n",
        ] {
            let error = #expect(throws: TrustListError.self) { try MacroDefinition(in: Array(text.utf8), file: "/list") }
            let found = try #require(error)
            #expect(found != .notDefined(file: "/list"))
        }
    }

    @Test("a hostile value is not printed raw") func printable() throws {
        let text = Array("RELAY_FROM_CERTS = \u{1B}[2J\u{202E}evil\n".utf8)
        let error = #expect(throws: TrustListError.self) { try MacroDefinition(in: text, file: "/list") }
        let description = try #require(error).description
        #expect(!description.unicodeScalars.contains { [.control, .format].contains($0.properties.generalCategory) })
    }
}

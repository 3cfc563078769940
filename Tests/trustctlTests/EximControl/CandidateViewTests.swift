import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host

/// A configuration in several files, and what Exim trusts with a candidate in the list's place.
struct IncludedList: Sendable, CustomTestStringConvertible {
    let what: String
    /// File names and texts; `@` stands for the folder. Exim reads `main` first; the list is `list` by default.
    let files: [String: String]
    var list = "list"
    var candidate = "RELAY_FROM_CERTS = \(Some.a) : \(Some.b)\n"
    /// Nil: refused, or not in effect.
    var trusted: [String]? = [Some.a, Some.b]

    var testDescription: String { what }

    private static let live = "RELAY_FROM_CERTS = \(Some.c)\n"

    static let all = [
        IncludedList(what: "included", files: ["main": ".include @/list\n", "list": live]),
        IncludedList(what: "quoted, with blanks", files: ["main": "  .include   \"@/the list\"  \n", "the list": live], list: "the list"),
        IncludedList(what: "relative", files: ["main": ".include sub/one\n", "sub/one": ".include ../list\n", "list": live]),
        IncludedList(
            what: "relative beneath an include",
            files: ["main": ".include @/sub/one\n", "sub/one": ".include two\n", "sub/two": ".include_if_exists @/list", "list": live]),
        IncludedList(
            what: "three deep, with an include_if_exists of a missing file",
            files: [
                "main": ".include_if_exists @/none\n.include @/a\nqueue_only\n", "a": ".include @/b\n",
                "b": "# c\n.include @/list\nQ = 1\n",
                "list": live,
            ]),
        IncludedList(
            what: "the main file itself", files: ["main": live], list: "main",
            candidate: "Q_Q = 1\nRELAY_FROM_CERTS = \(Some.a) : \(Some.b)"),
        IncludedList(
            what: "an include in a conditional that is false",
            files: ["main": ".ifdef NOT\n.include @/none\n.endif\n.include @/list\n", "list": live]),
        IncludedList(what: "no newline at the end of a file", files: ["main": ".include @/list", "list": "RELAY_FROM_CERTS ="]),
        IncludedList(
            what: "includes inside a continued line",
            files: ["main": "Q_Q = x \\\n.include @/q\n.include @/list\n", "q": "y\n", "list": live]),
        IncludedList(what: "in a comment", files: ["main": "# .include @/list\nqueue_only\n", "list": live], trusted: nil),
        IncludedList(what: "not included", files: ["main": "queue_only\n", "list": live], trusted: nil),
        IncludedList(
            what: "an include of a missing file", files: ["main": ".include @/none\n.include @/list\n", "list": live], trusted: nil),
        IncludedList(
            what: "a relative include_if_exists, which Exim refuses", files: ["main": ".include_if_exists list\n", "list": live],
            trusted: nil),
        IncludedList(
            what: "redefined by a file that is included later",
            files: ["main": ".include @/list\n.include @/over\n", "list": live, "over": "RELAY_FROM_CERTS == \(Some.c)\n"],
            trusted: [Some.c]),
        IncludedList(
            what: "redefined between the ACLs",
            files: ["main": ".include @/list\nbegin acl\nc:\n  accept\nRELAY_FROM_CERTS == \(Some.c)\n", "list": live], trusted: [Some.c]),
        IncludedList(
            what: "the include is part of a continued line", files: ["main": "Q_Q = 1 \\\n.include @/list\n", "list": live], trusted: nil),
        IncludedList(
            what: "a candidate that Exim refuses", files: ["main": ".include @/list\n", "list": live], candidate: "nonsense\n", trusted: nil
        ),
    ]
}

@Suite("CandidateView")
struct CandidateViewTests {
    private func lay(_ list: IncludedList, in folder: SceneFolder) throws {
        try folder.makeFolder("sub")
        try folder.makeFolder("scratch")
        let head = "log_file_path = @/%slog\nspool_directory = @/spool\nkeep_environment =\n"
        for (name, text) in list.files {
            let whole = (name == "main" ? head : "") + text
            try folder.write(name, whole.replacing("@/", with: folder("")))
        }
        try folder.write(".candidate", ((list.list == "main" ? head : "") + list.candidate).replacing("@/", with: folder("")))
    }

    private func exim(_ folder: SceneFolder) throws -> EximProgram {
        var configuration = Configuration.of(folder)
        configuration.exim = FilePath(PrivateExim.binary)
        configuration.eximConfiguration = folder.path("main")
        return try EximProgram(configuration, scratch: folder.path("scratch"))
    }

    /// The trusted set with the given way; nil if Exim refuses, or has no list.
    private func trusted(_ way: CandidateView.Way, in folder: SceneFolder, live: String) throws -> [String]? {
        let exim = try exim(folder)
        let view = CandidateView(
            substitutions: [.init(candidate: folder.path(".candidate"), live: folder.path(live))], main: folder.path("main"),
            given: folder.path("main"),
            scratch: folder.path("scratch"), way: way)
        defer { view.remove() }
        do throws(EximError) {
            let option = try view.prepare(running: exim.run)
            let answer = try exim.run(view.program(exim.binary, option + ["-bP", "macro", ListForm.macroName]))
            guard answer.status == 0 else { return nil }
            let value = String(decoding: answer.output, as: UTF8.self).split(separator: "=", maxSplits: 1).last ?? ""
            return try ListValue(String(value).replacing("\n", with: "")).content.listed?.map(\.description).sorted()
        } catch {
            guard case .refused = error else { throw error }
            return nil
        }
    }

    @Test("Exim trusts the same with the candidate mounted and copied", arguments: IncludedList.all) func bothWays(_ list: IncludedList)
        throws
    {
        try inFolder { folder throws in
            try lay(list, in: folder)
            let before = File.names(in: folder.path.string)
            #expect(try trusted(.mounted, in: folder, live: list.list) == list.trusted)
            #expect(try trusted(.copied, in: folder, live: list.list) == list.trusted)
            #expect(File.names(in: folder("scratch")).isEmpty)
            #expect(File.names(in: folder.path.string).filter { !$0.hasSuffix("log") && $0 != "spool" } == before)
            // The complete call, as trustctl makes it.
            let exim = try exim(folder)
            var whole: [String]?
            do throws(EximError) {
                let candidate = Program.Substitution(candidate: folder.path(".candidate"), live: folder.path(list.list))
                whole = try exim.answer(with: [candidate]).list?.content.listed?.map(\.description).sorted()
            } catch { #expect([.refused(""), .notInEffect("")].contains(error.kind), "\(error)") }
            #expect(whole == list.trusted)
        }
    }

    /// Exim replaces a macro's name in the path of an include: only Exim knows the result.
    @Test(
        "Exim follows an include path made by a macro, and copies refuse it",
        arguments: [".include", ".include_if_exists"])
    func macroPath(_ directive: String) throws {
        let over = "RELAY_FROM_CERTS == \(Some.c)\n"
        let main = ".include @/list\nDI_R = @/\n\(directive) DI_Rover\n"
        let list = IncludedList(what: "", files: ["main": main, "list": "RELAY_FROM_CERTS =\n", "over": over])
        try inFolder { folder throws in
            try lay(list, in: folder)
            #expect(try trusted(.mounted, in: folder, live: "list") == [Some.c])
            #expect(try trusted(.copied, in: folder, live: "list") == nil)
        }
    }

    @Test("a file that includes itself is refused, mounted and copied") func loop() throws {
        let list = IncludedList(what: "", files: ["main": ".include @/main\n", "list": "RELAY_FROM_CERTS =\n"])
        try inFolder { folder throws in
            try lay(list, in: folder)
            #expect(try trusted(.mounted, in: folder, live: "list") == nil)
            #expect(try trusted(.copied, in: folder, live: "list") == nil)
        }
    }
}

extension EximError {
    /// The error without its text.
    fileprivate var kind: EximError {
        switch self {
        case .refused: .refused("")
        case .notInEffect: .notInEffect("")
        default: self
        }
    }
}

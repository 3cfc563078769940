import ArgumentParser
import Testing
import TrustTestSupport

@testable import Host
@testable import trustctl

@Suite("A command that is not known")
struct TypedCommandTests {
    @Test(
        "the nearest command is named",
        arguments: [
            ("aprove", "approve"), ("approev", "approve"), ("APPROVE", "approve"), ("lst", "list"), ("ls", "list"), ("histroy", "history"),
            ("app", "approve"),
            ("accept", "approve"), ("top", "watch"), ("statsu", "status"), ("rewiev", "review"), ("undoo", "undo"), ("revok", "revoke"),
        ])
    func near(word: String, expected: String) {
        let typed = TypedCommand([word, "--yes"], of: Trustctl.self)
        #expect(typed.failure?.reason == "there is no command “\(word)”: did you mean \(expected)?")
    }

    @Test("what is far from every command has no guess, and moves no cursor") func far() {
        #expect(TypedCommand(["frobnicate"], of: Trustctl.self).failure?.reason == "there is no command “frobnicate”")
        #expect(TypedCommand(["\u{1B}[2J"], of: Trustctl.self).failure?.reason == "there is no command “\\u{1B}[2J”")
    }

    @Test(
        "what is known is no failure",
        arguments: [["list"], [], ["--help"], ["help", "approve"], ["client", "check", "x"], ["--version"], ["show", "aprove"]])
    func known(arguments: [String]) { #expect(TypedCommand(arguments, of: Trustctl.self).failure == nil) }

    @Test("a command of the client is known by its own name") func client() {
        let failure = TypedCommand(["client", "chek", "mail.example"], of: Trustctl.self).failure
        #expect(failure?.reason == "there is no command “client chek”: did you mean check?" && failure?.hint == "trustctl client --help")
        #expect(TypedCommand(["help", "aprove"], of: Trustctl.self).failure?.reason.hasSuffix("did you mean approve?") == true)
    }

    @Test("it is told before any option, with status 64, and a wrong option names its command") func program() throws {
        let outcome = try ProgramRun.run(BuiltPrograms.trustctl, ["aprove", "--yes", "--labell", "x"])
        #expect(outcome.exitCode == 64 && outcome.output.isEmpty, "\(outcome)")
        #expect(
            outcome.errors == "trustctl: there is no command “aprove”: did you mean approve?\ntrustctl: hint: trustctl --help\n",
            "\(outcome)")
        let option = try ProgramRun.run(BuiltPrograms.trustctl, ["approve", "--labell", "x"])
        #expect(option.exitCode == 64 && option.errors.contains("hint: trustctl approve --help"), "\(option)")
    }

    @Test("words differ by letters", arguments: [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abc", "abd", 1), ("kitten", "sitting", 3)])
    func distance(left: String, right: String, value: Int) { #expect(EditDistance(left, right).value == value) }

    @Test("what a shell is offered holds nothing that it expands") func plain() {
        let allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@_+-= ,"
        for value in UInt32(0)...0x2FF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(Candidates.plain(String(Character(scalar))).allSatisfy { allowed.contains($0) })
        }
        #expect(
            Candidates.isPlain("alice-2.example") && !Candidates.isPlain("-x") && !Candidates.isPlain("a b") && !Candidates.isPlain("$(x)"))
        let two = [Candidates.Candidate(word: "A", meaning: "CN=a"), .init(word: "B", meaning: "")]
        #expect(Candidates.written(two, for: .zsh) == ["A:CN=a", "B"] && Candidates.written(two, for: .fish) == ["A\tCN=a", "B"])
        #expect(Candidates.written(two, for: .bash) == ["A  CN=a", "B"] && Candidates.written([two[0]], for: .bash) == ["A"])
    }
}

import SystemPackage
import Testing
import TrustCore

@testable import EximControl
@testable import Host

@Suite("EximProgram")
struct EximProgramTests {
    @Test("a missing Exim is reported with its places; its words are bounded and printable") func missing() throws {
        var configuration = Configuration()
        configuration.exim = "/nonexistent/exim"
        #expect(throws: EximError.missing(["/nonexistent/exim"])) { try EximProgram(configuration, scratch: "/nonexistent") }
        let result = Program.Result(status: 1, output: [], error: "a\n \u{1B}[2J\n" + String(repeating: "x", count: 5_000))
        let words = EximProgram.words(result)
        #expect(words.hasPrefix("a \\u{1B}[2J x") && words.count < 1_100 && isPlain(words))
        #expect(EximProgram.words(.init(status: 3, output: [], error: "\n")) == "nothing, and ended with status 3")
    }
}

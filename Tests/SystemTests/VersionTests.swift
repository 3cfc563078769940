import Testing
import TrustCore
import TrustTestSupport

@Suite("The version")
struct VersionTests {
    @Test(
        "--version prints the program's name and version",
        arguments: [("trustd", BuiltPrograms.trustd), ("trustctl", BuiltPrograms.trustctl)])
    func programs(name: String, path: String) throws {
        let run = try ProgramRun.run(path, ["--version"])
        #expect(run.exitCode == 0 && run.output == "\(name) \(Version.current)\n" && run.errors.isEmpty, "\(run)")
    }

    @Test("a command of trustctl prints the version of trustctl", arguments: [["list"], ["setup"], ["client", "check"]])
    func commands(command: [String]) throws {
        let run = try ProgramRun.run(BuiltPrograms.trustctl, command + ["--version"])
        #expect(run.exitCode == 0 && run.output == "trustctl \(Version.current)\n", "\(run)")
    }
}

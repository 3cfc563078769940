import Testing
import TrustTestSupport

/// What programs read. Every document that any test prints is compared by Tests/counted; these are the kinds that few others print.
@Suite("Documents for programs, as the published schema says")
struct DocumentsTests {
    @Test(
        "each command prints a document of its kind, with no key that the schema does not know",
        arguments: [EximConfiguration.Rules.fingerprints, .authority])
    func commands(rules: EximConfiguration.Rules) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        try RelayScene.run(configuration) { scene in
            try scene.folder.makeFolder("documents")
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            _ = try scene.startDaemon()
            for client in [alice, bob] {
                #expect(try scene.reply(to: client) == 550)
                try scene.operator.waitUntilPending(client)
            }
            let (first, second) = ("\(alice.fingerprint)", "\(bob.fingerprint)")
            let commands = [
                ["list"], ["show", first], ["approve", first, "--label", "alice", "--for", "90d", "--dry-run"],
                ["approve", first, "--label", "alice", "--for", "90d", "--note", "hers", "--yes"], ["approve", first, "--yes"],
                ["label", "alice", "carol", "--yes"], ["note", "carol", "a note", "--yes"], ["deny", second, "--yes"],
                ["export"], ["undo", "4", "--yes"], ["forget", second, "--yes"], ["revoke", "carol", "--yes"], ["expire", "--yes"],
                ["list", "--state", "all"], ["list", "--state", "revoked"], ["history"], ["history", "--verify"], ["status"],
                ["doctor"], ["setup"], ["invite", "--list"], ["admit"],
            ]
            for (number, command) in commands.enumerated() {
                let json = command == ["export"] ? [] : ["--json"]
                let outcome = try scene.operator.start(command + json).wait()
                #expect([0, 78].contains(outcome.exitCode) || command[0] == "setup", "\(outcome)")
                if outcome.output.isEmpty { continue }
                try scene.folder.write(
                    "documents/\(number)", (command + json).joined(separator: "\t") + "\n" + outcome.output)
            }
            let compared = try ProgramRun.run("\(ShippedFiles.project)/Tests/Schema/validate", [scene.folder("documents")])
            #expect(compared.exitCode == 0 && compared.output.hasPrefix("schema: "), "\(compared)")
            #expect(File.names(in: scene.folder("documents")).count >= 18, "\(File.names(in: scene.folder("documents")))")
        }
    }
}

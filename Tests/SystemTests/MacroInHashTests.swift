import Testing
import TrustTestSupport

/// Exim replaces macros everywhere, also in hashes that another macro has brought into a line.
@Suite("A macro whose name is a part of a hash")
struct MacroInHashTests {
    /// Three digits of the fingerprint that can be a macro's name.
    private static func word(in client: ClientCertificate) throws -> String {
        let digits = Array("\(client.fingerprint)")
        let start = try #require(digits.indices.dropLast(3).first { digits[$0].isLetter })
        return String(digits[start..<start + 3])
    }

    @Test(
        "approve refuses a hash that a macro changes in the ACL, and names the macro and its line",
        arguments: [true, false])
    func behind(isBehind: Bool) throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            let word = try Self.word(in: alice)
            var configuration = scene.configuration
            if isBehind { configuration.after = "\(word) = 12" } else { configuration.before = "\(word) = 12" }
            try scene.writeConfiguration(configuration)
            try scene.exim.reload()
            let lines = try scene.folder.read("exim.conf").split(separator: "\n", omittingEmptySubsequences: false)
            let number = try #require(lines.firstIndex { $0.hasPrefix("\(word) =") }) + 1

            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode == 65, "\(outcome)")
            #expect(
                outcome.errors.contains(
                    "refused: nothing has changed: the macro \(word), which \(scene.folder("exim.conf")):\(number) defines"))
            #expect(try scene.operator.state(of: alice) == nil)

            // One whose hash does not hold the word can be approved.
            let name = String(repeating: "7", count: 64)
            #expect(try scene.trustctl("approve", name, "--yes").exitCode == 0)

            try scene.writeConfiguration(scene.configuration)
            try scene.exim.reload()
            try scene.approve(alice)
            #expect(try scene.reply(to: alice) == 250)
        }
    }

    @Test("the doctor finds a macro in an approved hash; another revoke is done with a warning")
    func later() throws {
        try RelayScene.well { scene in
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            try scene.approve(alice)
            try scene.approve(bob)
            let word = try Self.word(in: alice)
            try #require(!"\(bob.fingerprint)".contains(word), "a chance of one in seventy")
            var configuration = scene.configuration
            configuration.after = "\(word) = 12"
            try scene.writeConfiguration(configuration)
            try scene.exim.reload()
            #expect(try scene.reply(to: alice) == 550)

            let finding = try scene.finding("macro-in-fingerprint")
            #expect(finding.severity == "error")
            #expect(finding.problem.contains("\(alice.fingerprint)") && finding.problem.contains(word))
            let outcome = try scene.trustctl("revoke", "\(bob.fingerprint)", "--yes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.errors.contains("warning: the macro \(word)"))
            #expect(try scene.reply(to: bob) == 550)
        }
    }
}

import Glibc
import Testing
import TrustTestSupport

/// A backup or a configuration tool that writes an older list again.
@Suite("A list that was restored")
struct RestoredListTests {
    @Test(
        "the attack: a stolen key comes back with a restored list, and every command says so",
        arguments: ["revoke", "deny"])
    func back(action: String) throws {
        try RelayScene.well { scene in
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            try scene.approve(alice, label: "alice's laptop")
            let backup = scene.listText
            #expect(try scene.trustctl(action, "\(alice.fingerprint)", "--yes", "--reason", "stolen").exitCode == 0)
            try File.write(scene.listOnDisk, backup)
            try scene.exim.reload()
            #expect(try scene.reply(to: alice) == 250)

            let told =
                "warning: \(alice.fingerprint) (alice's laptop) is STILL TRUSTED: it was \(action == "deny" ? "denied" : "revoked") on "
            let listed = try scene.trustctl("list", "--state", "approved")
            #expect(listed.exitCode == 0 && listed.errors.contains(told), "\(listed)")
            let entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.warnings?.contains { $0.contains("it is in the list again") } == true)
            let finding = try scene.finding("revoked-in-list")
            #expect(finding.severity == "error" && finding.problem.contains("\(alice.fingerprint) (alice's laptop)"), "\(finding)")

            // A change of another certificate is not silent about it, and neither is one of this certificate.
            let other = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(other.exitCode == 0 && other.errors.contains(told), "\(other)")

            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            #expect(try scene.operator.state(of: alice) == (action == "deny" ? "denied" : "pending"))
            let after = try scene.trustctl("list", "--state", "approved")
            #expect(!after.errors.contains("STILL TRUSTED"), "\(after)")
        }
    }

    @Test("approving a certificate that came back is a decision of its own, which undo takes back")
    func approvedAgain() throws {
        try RelayScene.well { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            let backup = scene.listText
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            try File.write(scene.listOnDisk, backup)
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode == 0 && outcome.output.contains("done: approve \(alice.fingerprint)"), "\(outcome)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.findings().isEmpty)
            #expect(try scene.trustctl("undo", "3", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("a hash that was in the list before trustctl is written to the ledger when it is approved")
    func adopted() throws {
        var configuration = EximConfiguration()
        configuration.hashes = String(repeating: "7", count: 64)
        try RelayScene.run(configuration) { scene in
            let outcome = try scene.trustctl("approve", configuration.hashes, "--yes", "--reason", "found in the list")
            #expect(outcome.exitCode == 0 && outcome.output.contains("done: approve \(configuration.hashes)"), "\(outcome)")
            #expect(try scene.operator.entries("approved").first?.reason == "found in the list")
            let again = try scene.trustctl("approve", configuration.hashes, "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("nothing to do"), "\(again)")
        }
    }
}

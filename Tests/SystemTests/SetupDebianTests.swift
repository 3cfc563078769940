import Testing
import TrustCore
import TrustTestSupport

/// `trustctl setup` on Debian's own configuration as installed: nothing on the server is edited by hand.
@Suite("Setup on Debian's configuration")
struct SetupDebianTests {
    /// Split or not, and the way of trust.
    struct Form: Sendable, CustomStringConvertible {
        let split: Bool
        let trust: String

        var description: String { "\(split ? "split" : "unsplit"), trust by \(trust)" }
        var options: DebianScene.Options {
            var options = DebianScene.Options()
            options.split = split
            options.isBare = true
            return options
        }
        static let all = [true, false].flatMap { split in ["fingerprint", "directory"].map { Form(split: split, trust: $0) } }
    }

    @Test("after setup, an attempt and an approve make a client relay, and all can be removed", arguments: Form.all)
    func wholeWay(form: Form) throws {
        try DebianScene.run(form.options) { scene in
            let before = try scene.configurationFiles()
            let setup = try scene.trustctl("setup", "--trust", form.trust, "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            let daemon = try scene.startDaemon()

            // An unknown client is refused, and in the queue with its certificate.
            let alice = try scene.makeClient("alice")
            #expect(try scene.reply(to: alice) == 550)
            try scene.operator.waitUntilPending(alice)
            let entry = try #require(try scene.operator.entries().first)
            #expect(entry.certificate?.subject?.contains("alice") == true)
            #expect(entry.addresses == ["127.0.0.2"])

            // Mail for a local user is accepted as before, and no client without a certificate relays.
            #expect(try scene.exim.client.replyToRecipient("postmaster@relay.example", showing: scene.makeClient("stranger")) == 250)
            #expect(try scene.reply(to: nil) == 550)
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)

            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.exim.client.replyToMessage("hello", showing: alice) == 250)
            #expect(try scene.operator.entries().isEmpty)
            let doctor = try scene.trustctl("doctor")
            #expect(doctor.exitCode == 0 && doctor.text == "", "\(doctor)")

            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(scene.exim.panicText == "")
            try daemon.stop()

            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.configurationFiles() == before)
            #expect(File.names(in: scene.folder("etc")) == ["trustd.conf"])
            #expect(File.names(in: scene.folder("ledger")) == ["denied", "denied-keys", "known", "ledger", "lock"])
            #expect(try scene.exim.ask("-bP", "macro", "RELAY_FROM_CERTS").output.contains("not found"))
        }
    }
}

import Testing
import TrustTestSupport

/// The main job, on a real Exim: refused, seen, approved, relays, revoked, refused. Without pauses: `done` means live.
@Suite("A client from its first attempt to approval and revocation")
struct EnrolAndRelayTests {
    /// The rules of the RCPT ACL, and where the list is.
    struct Form: Sendable, CustomStringConvertible {
        let rules: EximConfiguration.Rules
        let list: EximConfiguration.List

        var description: String { "\(rules) rules, list \(list)" }
        var configuration: EximConfiguration {
            var configuration = EximConfiguration()
            configuration.rules = rules
            configuration.list = list
            return configuration
        }
        static let all = EximConfiguration.Rules.allCases.flatMap { rules in
            EximConfiguration.List.allCases.map { Form(rules: rules, list: $0) }
        }
    }

    @Test("a refused client is queued, relays as soon as approved, and is refused as soon as revoked", arguments: Form.all)
    func wholeWay(form: Form) throws {
        try RelayScene.run(form.configuration) { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")

            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--label", "alice", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.operator.state(of: alice) == "approved")
            #expect(try scene.exim.client.replyToMessage("hello", showing: alice) == 250)
            try scene.waitForMail("hello")

            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(try scene.trusted.isEmpty)
            try daemon.stop()
        }
    }

    @Test(
        "approval and revocation take effect at once on Debian's own configuration", arguments: [true, false],
        EximConfiguration.List.allCases)
    func debian(split: Bool, list: EximConfiguration.List) throws {
        var options = DebianScene.Options()
        options.split = split
        options.list = list
        try DebianScene.run(options) { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.exim.client.replyToMessage("hello", showing: alice) == 250)
            #expect(try scene.exim.ask("-bpc").output == "1\n")
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            try daemon.stop()
        }
    }

    @Test("our ACL's log line gives the entry an address; the recipe's gives none")
    func evidence() throws {
        for rules in [EximConfiguration.Rules.published, .fingerprints] {
            try RelayScene.run(Form(rules: rules, list: .included).configuration) { scene in
                let daemon = try scene.startDaemon()
                let alice = try scene.refusedClient("alice")
                let entry = try #require(try scene.operator.entries().first { $0.fingerprint == "\(alice.fingerprint)" })
                #expect(entry.sightings == 1)
                #expect(entry.addresses == (rules == .published ? [] : ["127.0.0.2"]))
                // The certificate comes from the log line, or from the trust directory that the recipe requires.
                #expect(entry.certificate?.subject?.contains("alice") == true)
                try daemon.stop()
            }
        }
    }

    @Test("several clients approved in one command take one reload")
    func several() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            let bob = try scene.refusedClient("bob")
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.reply(to: bob) == 250)
            #expect(scene.exim.logText.split(separator: "\n").count { $0.contains("SIGHUP received") } == 1)
            try daemon.stop()
        }
    }

    @Test("a certificate file in PEM or DER approves a client that has never connected", arguments: ["PEM", "DER"])
    func certificateFile(form: String) throws {
        try RelayScene.run(Form(rules: .certificates, list: .included).configuration) { scene in
            let alice = try scene.makeClient("alice")
            let file = scene.folder("clients/alice.copy")
            try ProgramRun.run("openssl", ["x509", "-in", alice.certificate, "-outform", form, "-out", file])
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--certificate", file, "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
        }
    }

    @Test("a fingerprint forged in HELO or in a recipient is never queued")
    func forged() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let lie = String(repeating: "F", count: 64)
            let phrase = "Attempt to relay from a certificate which has not been explicitly allowed: \(lie)"
            try ProgramRun.run("swaks", ["--server", "127.0.0.1:\(scene.exim.port)", "--helo", phrase, "--to", "x@remote.example"])
            _ = try scene.exim.client.replyToRecipient("\"\(phrase)\"@remote.example", showing: nil)
            #expect(scene.exim.logText.contains(lie))
            _ = try scene.refusedClient("later")
            #expect(try !scene.operator.entries("all").contains { $0.fingerprint == lie })
            try daemon.stop()
        }
    }
}

import Glibc
import Testing
import TrustTestSupport

/// Exim gives each connection the list of its beginning: what was taken away counts for new ones only.
@Suite("Sessions that are open when a certificate is revoked")
struct OpenSessionTests {
    @Test("revoke says how many there are, --disconnect ends those of the certificate's addresses, and no other") func disconnect() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            let name = "\(alice.fingerprint)"
            #expect(try scene.trustctl("approve", name, "--label", "alice", "--yes").exitCode == 0)
            let hers = try HeldSession(port: scene.exim.port, from: "127.0.0.2", showing: alice)
            let elsewhere = try HeldSession(port: scene.exim.port, from: "127.0.0.3", showing: alice)
            try hers.answers("250 ", to: "MAIL FROM:<>")
            try hers.answers("250 ", to: "RCPT TO:<a@remote.example>")

            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0)
            #expect(
                revoked.errors.contains(
                    "Exim serves 2 connections with the old list, 1 from where the certificate was seen: trustctl revoke \(name) --disconnect"
                ),
                "\(revoked)")
            #expect(hers.isOpen)
            // As EXIM.md says, and the reason for all this.
            try hers.answers("250 ", to: "RCPT TO:<b@remote.example>")

            let ended = try scene.trustctl("revoke", name, "--disconnect", "--yes")
            #expect(ended.exitCode == 0)
            #expect(ended.errors.contains("1 connection ended"), "\(ended)")
            let others = "Exim serves 1 connection with the old list, from where the certificate was not seen"
            #expect(ended.errors.contains(others), "\(ended)")
            let goodbye = try hers.lastWords()
            #expect(goodbye.contains("421 ") || scene.exim.logText.contains("SIGTERM"), "\(goodbye)\n\(scene.exim.logText)")
            #expect(elsewhere.isOpen)
            try elsewhere.answers("250 ", to: "NOOP")
            #expect(try scene.reply(to: alice) == 550)
            try daemon.stop()
        }
    }

    @Test("both in one command, as JSON; a message that is on its way is not accepted") func atOnce() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes").exitCode == 0)
            let hers = try HeldSession(port: scene.exim.port, from: "127.0.0.2", showing: alice)
            try hers.answers("250 ", to: "MAIL FROM:<>")
            try hers.answers("250 ", to: "RCPT TO:<a@remote.example>")
            try hers.answers("354 ", to: "DATA")
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes", "--json")
            #expect(revoked.exitCode == 0)
            #expect(revoked.output.contains("1 connection ended"), "\(revoked)")
            _ = try hers.lastWords()
            #expect(try scene.exim.ask("-bpc").output == "0\n", "nothing was taken into the spool")
            try daemon.stop()
        }
    }
}

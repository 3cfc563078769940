import Glibc
import Testing
import TrustTestSupport

/// Exim gives each connection the list of its start: a revocation applies to new connections only.
@Suite("Sessions that are open when a certificate is revoked")
struct OpenSessionTests {
    /// Alice was seen at 127.0.0.2, and is approved.
    private func withAlice(_ settings: String = "", _ body: (RelayScene, ClientCertificate) throws -> Void) throws {
        try RelayScene.run(settings: settings) { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--label", "alice", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            try body(scene, alice)
            try daemon.stop()
        }
    }

    private func hold(_ scene: RelayScene, _ client: ClientCertificate, from address: String = "127.0.0.2") throws -> HeldSession {
        try HeldSession(port: scene.exim.port, from: address, showing: client)
    }

    private func relays(_ session: HeldSession) throws {
        try session.answers("250 OK", to: "MAIL FROM:<>")
        try session.answers("250 Accepted", to: "RCPT TO:<a@remote.example>")
        try session.answers("250 Reset OK", to: "RSET")
    }

    @Test("revoke counts open sessions, and --disconnect ends only those from the client's address") func disconnect() throws {
        try withAlice { scene, alice in
            let hers = try hold(scene, alice)
            let elsewhere = try hold(scene, alice, from: "127.0.0.3")
            try relays(hers)

            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0)
            let advice =
                "Exim serves 2 connections with the old list, 1 from an address of the certificate: trustctl revoke \(alice.fingerprint) --disconnect"
            #expect(revoked.errors.contains(advice), "\(revoked)")
            #expect(hers.isOpen)
            // Exim keeps a connection's list until the connection ends. This is why --disconnect exists.
            try relays(hers)

            let ended = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(ended.exitCode == 0)
            #expect(ended.errors.contains("1 connection ended"), "\(ended)")
            let others = "Exim serves 1 connection with the old list, not from an address of the certificate: process "
            #expect(ended.errors.contains(others), "\(ended)")
            let goodbye = try hers.lastWords()
            #expect(goodbye.contains("421 ") || scene.exim.logText.contains("SIGTERM"), "\(goodbye)\n\(scene.exim.logText)")
            #expect(elsewhere.isOpen)
            try elsewhere.answers("250 ", to: "NOOP")
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("revoke --disconnect --json ends a session, and its unfinished message is not accepted") func atOnce() throws {
        try withAlice { scene, alice in
            let hers = try hold(scene, alice)
            try hers.answers("250 OK", to: "MAIL FROM:<>")
            try hers.answers("250 Accepted", to: "RCPT TO:<a@remote.example>")
            try hers.answers("354 ", to: "DATA")
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes", "--json")
            #expect(revoked.exitCode == 0)
            #expect(revoked.output.contains("1 connection ended"), "\(revoked)")
            _ = try hers.lastWords()
            #expect(try scene.exim.ask("-bpc").output == "0\n", "nothing may be in the spool")
        }
    }

    @Test(
        "the attack: a session held open over Exim's restart or stop is found and ended",
        arguments: [true, false])
    func outlived(restarted: Bool) throws {
        try withAlice { scene, alice in
            let hers = try hold(scene, alice)
            let elsewhere = try hold(scene, alice, from: "127.0.0.3")
            try scene.exim.stop()
            if restarted { try scene.exim.start() }
            try relays(hers)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(
                revoked.errors.contains("Exim serves 2 connections with the old list, 1 from an address of the certificate"), "\(revoked)")
            try relays(hers)
            let ended = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(ended.exitCode == 0 && ended.errors.contains("1 connection ended"), "\(ended)")
            _ = try hers.lastWords()
            #expect(elsewhere.isOpen)
        }
    }

    @Test("with reload = none, open sessions are found and ended, with a warning of their return")
    func toldByTheOperator() throws {
        try withAlice("reload = none") { scene, alice in
            try scene.exim.reload()
            let hers = try hold(scene, alice)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(
                revoked.errors.contains("Exim serves 1 connection with the old list, 1 from an address of the certificate"), "\(revoked)")
            let ended = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(ended.exitCode == 0 && ended.errors.contains("1 connection ended"), "\(ended)")
            #expect(ended.errors.contains("reload = none: until Exim is reloaded, ended clients may come back"), "\(ended)")
            _ = try hers.lastWords()
            #expect(try scene.reply(to: alice) == 250, "as the warning said")
            let none = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(none.errors.contains("no connection which may have the old list comes from an address of the certificate"), "\(none)")
        }
    }

    @Test("sessions of an Exim started by inetd are found and ended") func inetd() throws {
        try withAlice { scene, alice in
            try scene.exim.stop()
            try scene.withInetd("-bs") {
                let hers = try hold(scene, alice)
                try relays(hers)
                let revoked = try scene.trustctl("revoke", "alice", "--disconnect", "--yes")
                #expect(revoked.exitCode == 0 && revoked.errors.contains("1 connection ended"), "\(revoked)")
                _ = try hers.lastWords()
                #expect(try scene.reply(to: alice) == 550, "the next session has the new list")
            }
        }
    }

    @Test("the attack: a client that sends all and half-closes is ended before Exim acts on it")
    func halfClosed() throws {
        try withAlice { scene, alice in
            let client = try TCPConnection(to: scene.exim.port, from: "127.0.0.2")
            try client.hear("220 ")
            let daemon = try #require(scene.exim.pid)
            var serving: [pid_t] = []
            try waitUntil("a child serves") {
                serving = SceneProcesses.children(of: daemon)
                return serving.count == 1
            }
            // Until it is stopped it may read what arrives, and it acts on all that it has read.
            kill(serving[0], SIGSTOP)
            try waitUntil("the child is stopped") { try File.read("/proc/\(serving[0])/stat").contains(") T ") }
            client.say("EHLO client.example\r\nMAIL FROM:<>\r\nRCPT TO:<half@remote.example>\r\n")
            client.closeHalf()
            let revoked = try scene.trustctl("revoke", "alice", "--disconnect", "--yes")
            #expect(revoked.errors.contains("1 connection could not be ended: kill process \(serving[0])"), "\(revoked)")
            kill(serving[0], SIGCONT)
            try client.hearTheEnd()
            try waitUntil("the child ends: \((try? File.read("/proc/\(serving[0])/status")) ?? "")") {
                SceneProcesses.program(of: serving[0]) == nil
            }
            #expect(!scene.exim.logText.contains("half@remote.example"), "\(scene.exim.logText)")
        }
    }

    @Test("a session begun after the revocation is neither counted nor ended, and named as new") func later()
        throws
    {
        try withAlice { scene, alice in
            let hers = try hold(scene, alice)
            #expect(try scene.trustctl("revoke", "alice", "--yes").exitCode == 0)
            let revocation = time(nil)
            try waitUntil("the second of the revocation has passed") { time(nil) > revocation + 1 }
            let new = try hold(scene, alice)
            try new.answers("250 OK", to: "MAIL FROM:<>")
            try new.answers("550 ", to: "RCPT TO:<a@remote.example>")
            let ended = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(ended.errors.contains("1 connection ended"), "\(ended)")
            #expect(ended.errors.contains("1 connection from an address of the certificate began with the new list"), "\(ended)")
            _ = try hers.lastWords()
            try new.answers("250 ", to: "NOOP")
            let again = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(again.errors.contains("no connection with the old list comes from an address of the certificate"), "\(again)")
        }
    }

    @Test("after a hand edit of the list, --disconnect ends sessions of any age") func byHand()
        throws
    {
        try withAlice { scene, alice in
            #expect(try scene.trustctl("revoke", "alice", "--yes").exitCode == 0)
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(alice.fingerprint)\n")
            try scene.exim.reload()
            let revocation = time(nil)
            try waitUntil("the second of the revocation has passed") { time(nil) > revocation + 1 }
            let hers = try hold(scene, alice)
            try relays(hers)
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS =\n")
            let ended = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(ended.errors.contains("1 connection ended"), "\(ended)")
            _ = try hers.lastWords()
        }
    }

    @Test("the attack: a decoy of Exim's user loses only its own connection")
    func decoy() throws {
        try withAlice { scene, alice in
            let elsewhere = try hold(scene, alice, from: "127.0.0.3")
            let (served, client) = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
            let decoy = try ProgramRun(
                starting: "setpriv",
                [
                    "--reuid=\(Owner.exim.uid)", "--regid=\(Owner.exim.gid)", "--clear-groups", "--no-new-privs", "env",
                    "--ignore-signal=TERM", PrivateExim.binary, "-C", scene.folder("exim.conf"), "-be",
                ], streams: (served.descriptor, served.descriptor))
            defer {
                decoy.send(SIGKILL)
                _ = try? decoy.wait()
            }
            try client.hear("> ")
            let revoked = try scene.trustctl("revoke", "alice", "--disconnect", "--yes")
            #expect(revoked.exitCode == 0 && revoked.errors.contains("1 connection ended"), "\(revoked)")
            try client.hearTheEnd()
            try elsewhere.answers("250 ", to: "NOOP")
            #expect(LoopbackPort.greets(scene.exim.port))
        }
    }

    @Test("if root may not look into Exim's processes, trustctl says so and does not report none") func hidden()
        throws
    {
        try withAlice("reload = none") { scene, alice in
            try scene.exim.reload()
            let hers = try hold(scene, alice)
            var person = scene.operator
            person.prefix = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
            let revoked = try person.trustctl("revoke", "alice", "--disconnect", "--yes")
            #expect(revoked.errors.contains("cannot tell whom Exim serves: processes "), "\(revoked)")
            #expect(!revoked.errors.contains(" ended\n"), "\(revoked)")
            try hers.answers("250 ", to: "NOOP")
        }
    }
}

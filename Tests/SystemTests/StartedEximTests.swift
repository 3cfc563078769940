import Glibc
import Testing
import TrustTestSupport

/// Exims that no pid file and no option tells of: started with a port on the command line, by systemd or by inetd.
@Suite("Exims that are started in other ways")
struct StartedEximTests {
    /// The scene's own daemon does not run; alice and bob are clients.
    private func withoutDaemon(
        _ settings: String = "reload = auto", _ body: (RelayScene, ClientCertificate, ClientCertificate) throws -> Void
    )
        throws
    {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            try scene.exim.stop()
            try scene.writeSettings(settings)
            try body(scene, alice, try scene.makeClient("bob"))
        }
    }

    /// Approves bob and revokes alice; both must be done, and count at once.
    private func decide(_ scene: RelayScene, _ alice: ClientCertificate, _ bob: ClientCertificate, _ client: RelayClient) throws -> String {
        let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
        #expect(approved.exitCode == 0, "\(approved)")
        #expect(try client.replyToRecipient(showing: bob) == 250)
        let revoked = try scene.trustctl("revoke", "alice", "--yes")
        #expect(revoked.exitCode == 0, "\(revoked)")
        #expect(try client.replyToRecipient(showing: alice) == 550)
        return approved.errors + revoked.errors
    }

    @Test("-tls-on-connect -oX PORT: the greeting is looked for behind TLS") func tlsOnConnect() throws {
        try withoutDaemon { scene, alice, bob in
            var client = RelayClient(port: try LoopbackPort.free())
            client.tlsOnConnect = true
            try scene.startDaemon(
                [PrivateExim.binary, "-C", scene.folder("exim.conf"), "-tls-on-connect", "-bd", "-oX", "\(client.port)"],
                port: client.port, tlsOnConnect: true)
            #expect(try client.replyToRecipient(showing: alice) == 250)
            _ = try decide(scene, alice, bob, client)
            #expect(try !scene.findings().contains { $0.id.hasPrefix("exim-") })
        }
    }

    /// Keeps a listening socket and starts Exim with it as standard input when a client connects, as systemd does for its socket units.
    private static let socketUnit = """
        import os, select, socket, sys
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(16); open(sys.argv[2], "w").close()
        while True:
            select.select([s], [], [])
            child = os.fork()
            if child == 0:
                os.setsid(); os.dup2(s.fileno(), 0); os.execv(sys.argv[3], sys.argv[3:])
            os.waitpid(child, 0)
        """

    private func withSocketUnit(_ scene: RelayScene, _ body: () throws -> Void) throws {
        let unit = try ProgramRun(
            starting: "python3",
            [
                "-c", Self.socketUnit, "\(scene.exim.port)", scene.folder("listens"), PrivateExim.binary, "-C", scene.folder("exim.conf"),
                "-bw5m",
            ])
        defer {
            unit.send(SIGKILL)
            _ = try? unit.wait()
        }
        try waitUntil("the socket is there: \(unit.errorsSoFar)") { File.exists(scene.folder("listens")) }
        try body()
    }

    @Test("socket-activated (-bw): it is ended, and the next connection starts one with the new list") func socketActivated() throws {
        try withoutDaemon { scene, alice, bob in
            try withSocketUnit(scene) {
                #expect(try scene.reply(to: alice) == 250)
                let first = try #require(scene.processes("-bw5m").first { SceneProcesses.program(of: $0) == PrivateExim.binary })
                _ = try decide(scene, alice, bob, scene.exim.client)
                #expect(kill(first, 0) != 0 || SceneProcesses.commandLine(of: first).isEmpty)
                #expect(try !scene.findings().contains { $0.id.hasPrefix("exim-") })
            }
        }
    }

    @Test("socket-activated and idle: a new connection is the proof") func idle() throws {
        try withoutDaemon { scene, alice, bob in
            try withSocketUnit(scene) {
                let said = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
                #expect(said.exitCode == 0 && said.errors.contains("starts Exim for each connection to port \(scene.exim.port)"), "\(said)")
                #expect(try scene.reply(to: bob) == 250)
            }
        }
    }

    @Test("-bw whose socket nobody else holds: refused before anything changes, STILL TRUSTED for a revoke") func abandoned() throws {
        try withoutDaemon { scene, alice, bob in
            try scene.withInetd("-bw") {
                let before = scene.listText
                let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
                #expect(approved.exitCode == 78 && approved.errors.contains("was started with -bw"), "\(approved)")
                let revoked = try scene.trustctl("revoke", "alice", "--yes")
                #expect(revoked.exitCode == 78 && revoked.errors.contains("\(alice.fingerprint) is STILL TRUSTED"), "\(revoked)")
                #expect(scene.listText == before)
                #expect(try scene.reply(to: alice) == 250, "it still serves")
            }
        }
    }

    @Test("inetd: no daemon runs, and the change is said to be in effect at once") func inetd() throws {
        try withoutDaemon { scene, alice, bob in
            try scene.withInetd("-bs") {
                let said = try decide(scene, alice, bob, scene.exim.client)
                #expect(said.contains("so the change is in effect at once") && !said.contains("not running"), "\(said)")
                #expect(try !scene.findings().contains { $0.id.hasPrefix("exim-") })
            }
        }
    }

    @Test("without CAP_SYS_PTRACE, as in containers: what is missing and what to set is said, and none works") func withoutPtrace() throws {
        try RelayScene.run(settings: "reload = auto") { scene in
            let bob = try scene.makeClient("bob")
            var person = scene.operator
            person.prefix = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
            let before = scene.listText
            let approved = try person.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 78 && scene.listText == before, "\(approved)")
            #expect(approved.errors.contains("CAP_SYS_PTRACE") && approved.errors.contains("`reload = none` in trustd.conf"), "\(approved)")
            #expect(!approved.errors.contains("stale"), "\(approved)")
            let doctor = try person.trustctl("doctor")
            #expect(
                doctor.exitCode == 78 && doctor.output.contains("CAP_SYS_PTRACE") && !doctor.output.contains("no mail comes in"),
                "\(doctor)")
            try scene.writeSettings("reload = none")
            #expect(try person.trustctl("approve", "\(bob.fingerprint)", "--yes").exitCode == 0)
        }
    }

    @Test("a list that only root may read: refused as Exim's user before the reload, which would end Exim") func readableForRootOnly()
        throws
    {
        try RelayScene.run { scene in
            let bob = try scene.makeClient("bob")
            let before = scene.listText
            try #require(chmod(scene.folder("etc/relay_from_certs"), 0o600) == 0)
            let pid = scene.exim.pid
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 65 && scene.listText == before, "\(approved)")
            #expect(approved.errors.contains("exim's user Debian-exim cannot read \(scene.folder("etc/relay_from_certs"))"), "\(approved)")
            #expect(pid == scene.exim.pid && LoopbackPort.greets(scene.exim.port))
            // A file that a condition leaves out need not be readable.
            try #require(chmod(scene.folder("etc/relay_from_certs"), 0o644) == 0)
            try scene.folder.write("etc/secret", "", mode: 0o600)
            try scene.edit(
                "primary_hostname", ".ifdef NEVER\n.include \(scene.folder("etc/secret"))\n.endif\nprimary_hostname", reloading: false)
            #expect(try scene.trustctl("approve", "\(bob.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: bob) == 250)
        }
    }

    @Test("after a second of waiting for Exim it is said what is waited for") func slow() throws {
        try RelayScene.run { scene in
            try scene.folder.write("slow-exim", "#!/bin/sh\nsleep 1.5\nexec \(PrivateExim.binary) \"$@\"\n", mode: 0o755)
            try scene.writeSettings("exim = \(scene.folder("slow-exim"))\nreload = none")
            let bob = try scene.makeClient("bob")
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 0 && approved.errors.contains("waiting for slow-exim to answer"), "\(approved)")
            let doctor = try scene.trustctl("doctor")
            #expect(doctor.errors.contains("waiting for exim's answer in a rehearsed session"), "\(doctor)")
            let quiet = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes", "--json")
            #expect(quiet.exitCode == 0 && !quiet.errors.contains("waiting for slow-exim"), "\(quiet)")
        }
    }
}

import Glibc
import Testing
import TrustTestSupport

/// Another main configuration that includes the same list: its daemon must read each change too, or be named.
@Suite("A second Exim that reads the same list")
struct SecondEximTests {
    /// Alice is approved and relays through both. `prefix` are the words before the second Exim's command.
    private func withSecond(
        settings: String = "", prefix: (RelayScene) -> [String] = { _ in [] }, edit: (RelayScene, String) -> String = { $1 },
        _ body: (RelayScene, RelayClient, ClientCertificate) throws -> Void
    ) throws {
        try RelayScene.well { scene in
            let port = try LoopbackPort.free()
            let file = try scene.secondConfiguration(port: port) { edit(scene, $0) }
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            try scene.startDaemon(prefix(scene) + [PrivateExim.binary, "-C", file, "-bd"], port: port)
            if !settings.isEmpty { try scene.writeSettings(settings.replacing("FILE", with: file)) }
            let second = RelayClient(port: port)
            #expect(try second.replyToRecipient(showing: alice) == 250)
            try body(scene, second, alice)
        }
    }

    private func second(_ scene: RelayScene) throws -> pid_t {
        try #require(scene.processes(scene.folder("submission.conf"), "-bd").min())
    }

    @Test("unknown to trustd.conf: approve is refused, a revoke says STILL TRUSTED, the doctor finds it") func unknown() throws {
        try withSecond { scene, second, alice in
            let (before, pid) = (scene.listText, try self.second(scene))
            let bob = try scene.makeClient("bob")
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 78 && scene.listText == before, "\(approved)")
            #expect(
                approved.errors.contains("refused: ") && approved.errors.contains("exim (process \(pid)) reads the list too"), "\(approved)"
            )
            #expect(approved.errors.contains("hint: `also = \(scene.folder("submission.conf"))` in trustd.conf"), "\(approved)")
            #expect(try scene.trustctl("deny", "\(bob.fingerprint)", "--yes").exitCode == 0)

            for name in ["alice", "\(alice.fingerprint)"] {
                let revoked = try scene.trustctl("revoke", name, "--yes")
                #expect(revoked.exitCode == 70 && !revoked.output.contains("done"), "\(revoked)")
                #expect(revoked.errors.contains("\(alice.fingerprint) is STILL TRUSTED by exim (process \(pid))"), "\(revoked)")
                #expect(try scene.reply(to: alice) == 550)
                #expect(try second.replyToRecipient(showing: alice) == 250, "as it said")
            }
            #expect(try scene.operator.state(of: alice) != "approved")
            let finding = try scene.finding("exim-not-told")
            #expect(finding.severity == "error" && finding.problem.contains("STILL TRUSTS \(alice.fingerprint)"), "\(finding)")

            kill(pid, SIGHUP)
            try waitUntil("the second Exim reads the list") { try second.replyToRecipient(showing: alice) == 550 }
            let again = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("reads the list too"), "\(again)")
        }
    }

    @Test("named by also: it is checked, reloaded and proved like the first") func also() throws {
        try withSecond(settings: "also = FILE") { scene, second, alice in
            #expect(try scene.findings().map(\.description) == [])
            let bob = try scene.makeClient("bob")
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try second.replyToRecipient(showing: bob) == 250)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0 && revoked.output.hasPrefix("done: "), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550 && second.replyToRecipient(showing: alice) == 550)
            #expect(try scene.findings().map(\.description) == [])
        }
    }

    @Test("a configuration that also names and that has another list: refused, and the doctor finds it") func unsound() throws {
        try withSecond(settings: "also = FILE") { scene, _, _ in
            _ = try scene.secondConfiguration(port: 1) { $0.replacing("acl_smtp_rcpt =", with: "RELAY_FROM_CERTS ==\nacl_smtp_rcpt =") }
            let before = scene.listText
            let bob = try scene.makeClient("bob")
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(
                approved.exitCode == 65 && approved.errors.contains("submission.conf, which trustd.conf names with `also`"), "\(approved)")
            #expect(scene.listText == before)
            #expect(try scene.finding("also-unsound").severity == "error")
        }
    }

    @Test("its include is hidden behind a macro: its memory tells") func macro() throws {
        let edit: (RelayScene, String) -> String = { scene, text in
            "PLACE = \(scene.folder("etc"))\n"
                + text.replacing(
                    ".include \(scene.folder("etc"))/exim/one-file/main_fingerprints",
                    with: ".include PLACE/exim/one-file/main_fingerprints")
        }
        try withSecond(edit: edit) { scene, second, alice in
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 70 && revoked.errors.contains("\(alice.fingerprint) is STILL TRUSTED"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("in another mount namespace, as in a container, it is found by the files that it sees there") func container() throws {
        let prefix: (RelayScene) -> [String] = { scene in
            mkdir(scene.folder("inside"), 0o755)
            return [
                "unshare", "-m", "sh", "-c", "mount --bind \"$0\" \"$1\" && shift && exec \"$@\"", scene.folder("etc"),
                scene.folder("inside"),
            ]
        }
        let edit: (RelayScene, String) -> String = { scene, text in
            text.replacing(scene.folder("etc/exim"), with: scene.folder("inside/exim"))
        }
        try withSecond(prefix: prefix, edit: edit) { scene, second, alice in
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 70 && revoked.errors.contains("\(alice.fingerprint) is STILL TRUSTED"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("the attack: another user's Exim that includes the list is neither named nor signalled, and blocks nothing") func stranger()
        throws
    {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            let file = try scene.secondConfiguration(port: 1)
            let script = """
                import os, signal, socket, sys
                s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1); s.set_inheritable(True)
                os.execv(sys.argv[1], ["exim4", "-C", sys.argv[2], "-be"])
                """
            let decoy = try ProgramRun(
                starting: "setpriv",
                [
                    "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
                    "(sleep infinity; echo) | python3 -c '\(script)' \(PrivateExim.binary) \(file)",
                ])
            defer {
                kill(-decoy.pid, SIGKILL)
                _ = try? decoy.wait()
            }
            try waitUntil("the decoy runs: \(decoy.errorsSoFar)") { !scene.processes(file, "-be").isEmpty }
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0 && !revoked.errors.contains("reads the list too"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(!scene.processes(file, "-be").isEmpty)
        }
    }

    @Test("the attack: a stopped daemon of Exim's user does not keep a revoke from the real one") func stopped() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            let port = try LoopbackPort.free()
            try scene.startDaemon(
                [
                    "setpriv", "--reuid=\(Owner.exim.uid)", "--regid=\(Owner.exim.gid)", "--clear-groups", PrivateExim.binary, "-C",
                    scene.folder("exim.conf"), "-bd", "-oX", "\(port)",
                ], port: port)
            let decoy = try #require(scene.processes("-oX").min())
            kill(decoy, SIGSTOP)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 70, "\(revoked)")
            #expect(revoked.errors.contains("\(alice.fingerprint) is STILL TRUSTED by exim (process \(decoy))"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            kill(decoy, SIGKILL)
            try waitUntil("the decoy is gone") { kill(decoy, 0) != 0 }
            let again = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(again.exitCode == 0, "\(again)")
        }
    }
}

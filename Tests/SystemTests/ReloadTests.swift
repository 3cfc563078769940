import Glibc
import Testing
import TrustTestSupport

/// What can go wrong between a list on the disk and a daemon that loads it. At the end, clients get what the disk says.
@Suite("The reload")
struct ReloadTests {
    /// A scene whose daemon executes this script instead of Exim at a reload (and Exim for everything else: each queue run is a new
    /// execution too). The script runs as Exim's user, which may write to `run/`.
    private func withScript(_ script: (SceneFolder) -> String, _ body: (RelayScene, ClientCertificate) throws -> Void) throws {
        try RelayScene.run { scene in
            let friend = try scene.makeClient("friend")
            try scene.approve(friend, label: "friend")
            try scene.folder.write(
                "exim-again",
                """
                #!/bin/sh
                case " $* " in *' -bd '*) \(script(scene.folder)) ;; esac
                exec \(PrivateExim.binary) "$@"

                """, mode: 0o755)
            var configuration = scene.configuration
            configuration.eximPath = scene.folder("exim-again")
            configuration.after = ".include_if_exists \(scene.folder("run/surprise"))"
            try scene.folder.write("exim.conf", configuration.text(in: scene.folder, port: scene.exim.port))
            try scene.exim.stop()
            try scene.exim.start()
            try body(scene, friend)
        }
    }

    @Test("done is printed only when the new daemon answers, however long that takes")
    func slow() throws {
        try withScript({ _ in "sleep 2" }) { scene, friend in
            let alice = try scene.makeClient("alice")
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            let revoked = try scene.trustctl("revoke", "\(friend.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: friend) == 550)
        }
    }

    @Test("Ctrl-C while Exim reloads does not stop the change: it is done and in the ledger")
    func interrupted() throws {
        try withScript({ _ in "sleep 2" }) { scene, _ in
            let alice = try scene.makeClient("alice")
            let approve = try ProgramRun(
                starting: BuiltPrograms.trustctl,
                ["approve", "\(alice.fingerprint)", "--yes", "--config", scene.folder("etc/trustd.conf")])
            try waitUntil("the list is written") { scene.listText.contains("\(alice.fingerprint)") }
            for signal in [SIGINT, SIGTERM, SIGHUP] { approve.send(signal) }
            let outcome = try approve.wait()
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.trustctl("history").output.contains("\(alice.fingerprint)"))
        }
    }

    @Test("Ctrl-C does not reach the programs that trustctl starts: the revoke is done")
    func interruptedCheck() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            // Every reader of the configuration waits there until the test writes.
            let fifo = scene.folder("etc/fifo")
            try #require(mkfifo(fifo, 0o644) == 0)
            var configuration = scene.configuration
            configuration.after = ".include \(fifo)"
            let writer = try ProgramRun(starting: "sh", ["-c", "while :; do echo >'\(fifo)'; done"])
            try scene.writeConfiguration(configuration)
            try scene.exim.reload()
            writer.send(SIGKILL)
            try writer.wait()

            // A reader may end between our opening and our writing. That must not end the test process.
            _ = Glibc.signal(SIGPIPE, SIG_IGN)
            let revoke = try scene.operator.start(["revoke", "\(alice.fingerprint)", "--yes"])
            var interrupted = 0
            while revoke.isRunning {
                let waiting = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                guard waiting >= 0 else {
                    usleep(1_000)
                    continue
                }
                defer { close(waiting) }
                if File.exists(scene.folder("ledger/journal")) {
                    // As the terminal does: to the whole foreground group.
                    for signal in [SIGINT, SIGQUIT, SIGHUP] { revoke.sendToGroup(signal) }
                    interrupted += 1
                }
                write(waiting, "\n", 1)
            }
            let outcome = try revoke.wait()
            #expect(outcome.exitCode == 0 && interrupted > 0, "\(interrupted): \(outcome)")
            let again = try ProgramRun(starting: "sh", ["-c", "while :; do echo >'\(fifo)'; done"])
            #expect(try scene.reply(to: alice) == 550)
            again.send(SIGKILL)
            try again.wait()
        }
    }

    @Test("a daemon that dies after the signal is started again as it ran, with the old list")
    func death() throws {
        try withScript({ "if rm '\($0("run/die"))' 2>/dev/null; then exit 1; fi" }) { scene, friend in
            let before = scene.listText
            let alice = try scene.makeClient("alice")
            let command = scene.exim.pid.map(SceneProcesses.commandLine)
            try scene.folder.write("run/die", "", mode: 0o666, owner: .exim)
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode == 69, "\(outcome)")
            #expect(outcome.errors.contains("undone"), "\(outcome)")
            #expect(scene.listText == before)
            #expect(try scene.reply(to: friend) == 250)
            #expect(try scene.reply(to: alice) == 550)
            #expect(scene.exim.pid.map(SceneProcesses.commandLine) == command)
            #expect(try scene.operator.state(of: alice) != "approved")
        }
    }

    @Test("a relay with only TLS on connect proves its reload by its answer to plain text") func tlsOnConnect() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            var configuration = scene.configuration
            configuration.after = "tls_on_connect_ports = \(scene.exim.port)"
            try scene.writeConfiguration(configuration)
            // The reload that makes the list live also changes the port: from then on there is no greeting in plain text.
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            var client = scene.exim.client
            client.tlsOnConnect = true
            #expect(try client.replyToRecipient(showing: alice) == 250)
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try client.replyToRecipient(showing: alice) == 550)
        }
    }

    @Test("a configuration that breaks between check and reload, and stays broken, is stuck")
    func badForGood() throws {
        try withScript({ "echo no_such_option = 1 >'\($0("run/surprise"))'" }) { scene, _ in
            let before = scene.listText
            let alice = try scene.makeClient("alice")
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode == 70, "\(outcome)")
            #expect(outcome.errors.contains("stuck"), "\(outcome)")
            #expect(scene.listText == before)
            #expect(try scene.operator.state(of: alice) != "approved")
        }
    }

    @Test("a revoke that cannot be made live says STILL TRUSTED", arguments: [true, false])
    func revokeAndDeath(forGood: Bool) throws {
        let script: (SceneFolder) -> String = {
            forGood ? "echo no_such_option = 1 >'\($0("run/surprise"))'" : "if rm '\($0("run/die"))' 2>/dev/null; then exit 1; fi"
        }
        try withScript(script) { scene, friend in
            try scene.folder.write("run/die", "", mode: 0o666, owner: .exim)
            let outcome = try scene.trustctl("revoke", "\(friend.fingerprint)", "--yes")
            let reply = try scene.reply(to: friend)
            let isTrusted = scene.listText.contains("\(friend.fingerprint)")
            #expect(outcome.exitCode != 0 || reply == 550, "\(outcome)")
            #expect((reply == 250) == (isTrusted && !forGood), "\(outcome)")
            if isTrusted || outcome.exitCode != 0 { #expect(outcome.text.contains("STILL TRUSTED"), "\(outcome)") }
        }
    }

    @Test("without a running daemon a change warns, and takes effect when Exim starts")
    func notRunning() throws {
        try RelayScene.run { scene in
            try scene.exim.stop()
            let alice = try scene.makeClient("alice")
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.errors.contains("warning"), "\(outcome)")
            try scene.exim.start()
            #expect(try scene.reply(to: alice) == 250)
        }
    }
}

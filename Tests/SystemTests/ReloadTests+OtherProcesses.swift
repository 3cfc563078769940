import Glibc
import Testing
import TrustTestSupport

/// Processes that are not the daemon, and no daemon at all.
extension ReloadTests {
    @Test("a pid file that names another process: refused, and no signal is sent")
    func otherProcess() throws {
        try RelayScene.run { scene in
            let bystander = try ProgramRun(starting: "sleep", ["300"])
            defer {
                bystander.send(SIGKILL)
                _ = try? bystander.wait()
            }
            let before = scene.listText
            let right = try File.read(scene.exim.pidFile)
            try File.write(scene.exim.pidFile, "\(bystander.pid)\n", owner: .exim)
            let alice = try scene.makeClient("alice")
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode != 0, "\(outcome)")
            #expect(bystander.isRunning)
            #expect(scene.listText == before)
            try File.write(scene.exim.pidFile, right, owner: .exim)
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("a pid file that names another Exim: refused, and that Exim is not reloaded")
    func otherExim() throws {
        try RelayScene.run { other in
            try RelayScene.run { scene in
                let before = scene.listText
                try File.write(scene.exim.pidFile, File.read(other.exim.pidFile), owner: .exim)
                let alice = try scene.makeClient("alice")
                let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
                #expect(outcome.exitCode != 0, "\(outcome)")
                #expect(scene.listText == before)
                #expect(!other.exim.logText.contains("SIGHUP"))
            }
        }
    }

    @Test("an Exim with the same paths in another mount namespace is not touched")
    func otherNamespace() throws {
        try DebianScene.run { other in
            try DebianScene.run { scene in
                let alice = try scene.makeClient("alice")
                try scene.approve(alice)
                #expect(try scene.reply(to: alice) == 250)
                #expect(!other.exim.logText.contains("SIGHUP"))
            }
        }
    }

    @Test("without Exim nothing changes, and the error says what is missing")
    func missing() throws {
        try RelayScene.run { scene in
            try scene.writeSettings("exim = /nonexistent/exim4")
            let before = scene.listText
            let outcome = try scene.trustctl("approve", String(repeating: "AB", count: 32), "--yes")
            #expect(outcome.exitCode == 78, "\(outcome)")
            #expect(outcome.errors.contains("/nonexistent/exim4"), "\(outcome)")
            #expect(scene.listText == before)
            // Listing needs no Exim.
            #expect(try scene.trustctl("list").exitCode == 0)
        }
    }

    @Test("reload = auto finds the daemon by itself; reload = none leaves it to the operator")
    func ways() throws {
        try RelayScene.run(settings: "reload = auto") { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            #expect(try scene.reply(to: alice) == 250)
            try scene.writeSettings("reload = none")
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            try scene.exim.reload()
            #expect(try scene.reply(to: alice) == 550)
        }
    }
}

import Glibc
import Testing
import TrustTestSupport

/// Exim's `make install` names the program by its version and moves a symbolic link; a package replaces the file. The old daemon runs on.
@Suite("An Exim whose program was exchanged while it runs")
struct UpgradedEximTests {
    enum Upgrade: CaseIterable {
        case linkMoved
        case linkMovedAndOldOneDeleted
        case fileReplaced
    }

    /// Alice was seen at 127.0.0.2 and is approved; the daemon runs the old program, and `bin/exim` is the new one.
    private func withUpgrade(_ upgrade: Upgrade, _ body: (RelayScene, ClientCertificate, HeldSession) throws -> Void) throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            try scene.approve(alice, label: "alice")
            try scene.exim.stop()
            try scene.folder.makeFolder("bin")
            func install(_ name: String) throws {
                let copied = try ProgramRun.run("cp", ["-p", PrivateExim.binary, scene.folder("bin/\(name)")])
                try #require(copied.exitCode == 0, "\(copied)")
            }
            let link = scene.folder("bin/exim")
            if upgrade == .fileReplaced {
                try install("exim")
            } else {
                try install("exim-4.96-1")
                try #require(symlink("exim-4.96-1", link) == 0)
            }
            var configuration = scene.configuration
            configuration.eximPath = link
            // As in a build of one's own, which knows no place for the pid file.
            let text = configuration.text(in: scene.folder, port: scene.exim.port)
            try scene.folder.write("exim.conf", text.replacing("pid_file_path = \(scene.folder("run/exim.pid"))", with: "pid_file_path ="))
            try scene.writeSettings("exim = \(link)\nreload = auto")
            try scene.startDaemon([link, "-C", scene.folder("exim.conf"), "-bd", "-q30m"], port: scene.exim.port)
            let session = try HeldSession(port: scene.exim.port, from: "127.0.0.2", showing: alice)
            if upgrade == .fileReplaced {
                try install("exim.new")
                try #require(rename(scene.folder("bin/exim.new"), link) == 0)
            } else {
                try install("exim-4.96-2")
                try #require(symlink("exim-4.96-2", scene.folder("bin/next")) == 0)
                try #require(rename(scene.folder("bin/next"), link) == 0)
                if upgrade == .linkMovedAndOldOneDeleted { try #require(unlink(scene.folder("bin/exim-4.96-1")) == 0) }
            }
            try body(scene, alice, session)
            try daemon.stop()
        }
    }

    @Test("the old daemon is reloaded, its sessions are counted and ended, and the doctor is content", arguments: Upgrade.allCases)
    func reloaded(_ upgrade: Upgrade) throws {
        try withUpgrade(upgrade) { scene, alice, session in
            #expect(try !scene.findings().contains { ["exim-not-running", "exim-daemon-doubtful"].contains($0.id) })
            #expect(try scene.reply(to: alice) == 250)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0 && revoked.output.hasPrefix("done: "), "\(revoked)")
            #expect(revoked.errors.contains("Exim serves 1 connection with the old list"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            let ended = try scene.trustctl("revoke", "\(alice.fingerprint)", "--disconnect", "--yes")
            #expect(ended.exitCode == 0 && ended.errors.contains("1 connection ended"), "\(ended)")
            _ = try session.lastWords()
        }
    }

    @Test("without pid_file_path, Exim's pid file in the spool is looked at") func pidFile() throws {
        try withUpgrade(.linkMoved) { scene, alice, _ in
            try scene.folder.write("spool/exim-daemon.pid", "\(getpid())\n", owner: .exim)
            let bob = try scene.makeClient("bob")
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 78 && approved.errors.contains("spool/exim-daemon.pid names process \(getpid())"), "\(approved)")
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0 && revoked.errors.contains("names process \(getpid())"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("the attack: a program in Exim's folder that is not root's is not taken for an older Exim") func notRoots() throws {
        try withUpgrade(.linkMoved) { scene, alice, _ in
            let port = try LoopbackPort.free()
            let decoy = scene.folder("bin/exim-0")
            _ = try ProgramRun.run("cp", [PrivateExim.binary, decoy])
            _ = chown(decoy, Owner.exim.uid, Owner.exim.gid)
            try scene.startDaemon([decoy, "-C", scene.folder("exim.conf"), "-bd", "-oX", "\(port)"], port: port)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 70 && revoked.errors.contains("STILL TRUSTED by exim (process "), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(LoopbackPort.greets(port))
        }
    }
}

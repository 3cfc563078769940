import Glibc
import Testing
import TrustTestSupport

/// What is wrong with trustd.
@Suite("trustctl doctor: trustd")
struct DoctorFollowerTests {
    @Test("a trustd that does not run is found, and one that is started mends it")
    func notRunning() throws {
        try RelayScene.run { scene in
            let finding = try scene.finding("trustd-not-running")
            #expect(finding.severity == "error")
            // On a machine where trustd is not installed there is no such user either.
            #expect(try scene.findings().map(\.id).allSatisfy { ["trustd-not-running", "no-user"].contains($0) })
            #expect(try scene.findings().contains { $0.id == "no-user" } == (getpwnam("trustd") == nil))
            let daemon = try scene.startDaemon()
            #expect(try scene.findings().isEmpty)
            try daemon.kill()
            #expect(try scene.finding("trustd-not-running").quoted.first?.contains("trustd") == true)
            let again = try scene.startDaemon()
            #expect(try scene.findings().isEmpty)
            try again.stop()
        }
    }

    @Test("a trustd that runs as root is found")
    func root() throws {
        try RelayScene.run { scene in
            chown(scene.folder("state/pending"), 0, 0)
            chown(scene.folder("state/position"), 0, 0)
            let run = try ProgramRun(starting: BuiltPrograms.trustd, ["--config", scene.operator.settings])
            try waitUntil("trustd has the lock") { File.exists(scene.folder("state/position/lock")) }
            #expect(try scene.finding("trustd-is-root").severity == "warning")
            run.send(SIGKILL)
            try run.wait()
            for name in ["", "/lock", "/position"] { chown(scene.folder("state/position\(name)"), Owner.daemon.uid, Owner.daemon.gid) }
            chown(scene.folder("state/pending"), Owner.daemon.uid, Owner.daemon.gid)
            let daemon = try scene.startDaemon()
            #expect(try scene.findings().isEmpty)
            try daemon.stop()
        }
    }

    @Test("another log than Exim writes is found; so is a trustd that has not been started again since")
    func wrongLog() throws {
        try RelayScene.run { scene in
            try scene.folder.write("log/other", "", mode: 0o640, owner: .eximLog)
            try scene.writeSettings("log = \(scene.folder("log/other"))")
            let old = try scene.startDaemon()
            let finding = try scene.finding("log-not-followed")
            #expect(finding.quoted[0] == "log = \(scene.folder("log/mainlog"))")
            try scene.writeSettings(finding.quoted[0])
            try waitUntil("trustd has saved its position") { File.exists(scene.folder("state/position/position")) }
            #expect(try scene.finding("trustd-not-restarted").problem.contains("log/other"))
            try old.stop()
            let new = try scene.startDaemon()
            try scene.waitUntilWell()
            try new.stop()
        }
    }

    @Test("Exim's dated log is the same one in trustd.conf")
    func dated() throws {
        try RelayScene.run { scene in
            try scene.edit("/%slog", "/%slog-%D", reloading: false)
            try scene.exim.stop()
            try PrivateExim(
                configuration: scene.folder("exim.conf"), port: scene.exim.port, log: scene.exim.log, pidFile: scene.exim.pidFile
            )
            .start()
            let daemon = try scene.startDaemon()
            let finding = try scene.finding("log-not-followed")
            #expect(finding.quoted[0] == "log = \(scene.folder("log/mainlog-%D"))")
            try daemon.stop()
            try scene.writeSettings(finding.quoted[0])
            let again = try scene.startDaemon()
            try scene.waitUntilWell()
            try again.stop()
        }
    }

    @Test(
        "a log that trustd's user cannot read is found and mended",
        .enabled(if: TrustDaemon.canDropPrivileges, "another user cannot run the built programs here"))
    func unreadable() throws {
        try RelayScene.well { scene in
            chmod(scene.folder("log"), 0o700)
            chown(scene.exim.log, Owner.exim.uid, Owner.exim.gid)
            let finding = try scene.finding("log-unreadable")
            #expect(finding.severity == "error")
            try scene.apply(finding)
            try scene.waitUntilWell()
        }
    }

    @Test("a log whose folder the unit's sandbox does not show is found, by status too")
    func hidden() throws {
        try RelayScene.run { scene in
            // As the unit does it: another folder lies over the log's, for trustd alone.
            let sandbox = [
                "unshare", "--mount", "--propagation", "private", "sh", "-c",
                "mount -t tmpfs none '\(scene.folder("log"))' && exec \"$@\"", "sh",
            ]
            let daemon = try TrustDaemon(settings: scene.operator.settings, in: scene.folder, prefix: sandbox)
            #expect(try scene.finding("log-hidden").severity == "error")
            let status = try scene.trustctl("status")
            #expect(status.exitCode == 69 && status.errors.contains("trustd does not see it"), "\(status)")
            try daemon.stop()
            let again = try scene.startDaemon()
            try scene.waitUntilWell()
            #expect(try scene.trustctl("status").exitCode == 0)
            try again.stop()
        }
    }

    @Test("a trustd that stands still while Exim writes is found")
    func behind() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            try waitUntil("trustd has saved its position") { File.exists(scene.folder("state/position/position")) }
            let pid = try #require(SceneProcesses.naming(scene.folder).first { SceneProcesses.program(of: $0) == BuiltPrograms.trustd })
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            try File.append(scene.exim.log, "2026-11-22 17:41:59 something that no trustd reads\n")
            // Fifteen seconds: until then trustd need not have said how far it came.
            try waitUntil("the doctor sees it", within: .seconds(120)) { try scene.findings().contains { $0.id == "trustd-behind" } }
            kill(pid, SIGCONT)
            try waitUntil("trustd has gone on", within: .seconds(120)) { try scene.findings().isEmpty }
            try daemon.stop()
        }
    }
}

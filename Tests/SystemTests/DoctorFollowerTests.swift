import Glibc
import Testing
import TrustTestSupport

/// Faults of trustd.
@Suite("trustctl doctor: trustd")
struct DoctorFollowerTests {
    @Test("the doctor finds that trustd is not running, until it is started")
    func notRunning() throws {
        try RelayScene.run { scene in
            let finding = try scene.finding("trustd-not-running")
            #expect(finding.severity == "error")
            // On a machine without trustd installed, its user is missing too.
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

    @Test("the doctor finds a trustd that runs as root")
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

    @Test("the doctor finds a log that Exim does not write, and a trustd not restarted since")
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

    @Test("the doctor proposes the log with %D if Exim's log is dated")
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
        "the doctor finds a log that trustd's user cannot read, and mends it",
        .skipped(by: TrustDaemon.privilegeObstacle))
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

    @Test("doctor and status find a log whose folder the sandbox hides from trustd")
    func hidden() throws {
        try RelayScene.run { scene in
            // As the unit's sandbox would: trustd alone sees another folder mounted over the log's.
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

    @Test("the doctor finds a log in a form that trustd does not read, and one that is not a file")
    func unknownForm() throws {
        try RelayScene.run { scene in
            let strange = scene.folder("log/docker"), fifo = scene.folder("log/fifo")
            try scene.folder.write("log/docker", "{\"log\":\"x\\n\",\"stream\":\"stdout\"}\n", mode: 0o640, owner: .eximLog)
            #expect(mkfifo(fifo, 0o644) == 0)
            try scene.writeSettings("log = \(scene.exim.log)\nlog = \(strange)\nlog = \(fifo)")
            let daemon = try scene.startDaemon()
            try waitUntil("the doctor finds both") {
                Set(try scene.findings().map(\.id)).isSuperset(of: ["log-form-unknown", "log-not-a-file"])
            }
            let finding = try scene.finding("log-form-unknown")
            #expect(finding.severity == "error" && finding.problem.contains("\(strange): no line of this file begins like a log of Exim's"))
            try daemon.stop()
            try scene.writeSettings("log = \(scene.exim.log)")
            let again = try scene.startDaemon()
            try scene.waitUntilWell()
            try again.stop()
        }
    }

    @Test("the doctor finds a trustd that stands still while Exim writes")
    func behind() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            try waitUntil("trustd has saved its position") { File.exists(scene.folder("state/position/position")) }
            let pid = try #require(SceneProcesses.naming(scene.folder).first { SceneProcesses.program(of: $0) == BuiltPrograms.trustd })
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            try File.append(scene.exim.log, "2026-11-22 17:41:59 something that no trustd reads\n")
            // After fifteen seconds: trustd need not report its position sooner.
            try waitUntil("the doctor reports it", within: .seconds(120)) { try scene.findings().contains { $0.id == "trustd-behind" } }
            kill(pid, SIGCONT)
            try waitUntil("trustd has caught up", within: .seconds(120)) { try scene.findings().isEmpty }
            try daemon.stop()
        }
    }
}

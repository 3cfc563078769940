import Glibc
import Testing
import TrustTestSupport

/// Faults of Exim itself, and of the doctor's first steps.
@Suite("trustctl doctor: Exim and the first steps")
struct DoctorEximTests {
    @Test("the doctor finds an Exim that is not running, and a doubtful pid file")
    func daemons() throws {
        try RelayScene.well { scene in
            let pid = try #require(scene.exim.pid)
            try scene.folder.write("run/exim.pid", "\(getpid())\n", owner: .exim)
            let doubtful = try scene.finding("exim-daemon-doubtful")
            #expect(doubtful.problem.contains("names process \(getpid())"))
            try scene.folder.write("run/exim.pid", "\(pid)\n", owner: .exim)
            #expect(try scene.findings().isEmpty)
            try scene.exim.stop()
            let down = try scene.finding("exim-not-running")
            #expect(down.severity == "error" && !down.mend.contains("Debian"), "\(down)")
            try scene.exim.start()
            try scene.waitUntilWell()
        }
    }

    @Test("the doctor finds an Exim that logs only to syslog")
    func syslog() throws {
        var configuration = EximConfiguration()
        configuration.before = "syslog_facility = local7"
        try RelayScene.well(configuration) { scene in
            try scene.edit("log_file_path = \(scene.folder("log"))/%slog", "log_file_path = syslog", reloading: false)
            let finding = try scene.finding("log-to-syslog-only")
            #expect(finding.quoted[0].hasPrefix("log_file_path = /") && finding.quoted[0].hasSuffix("%slog : syslog"))
            // syslog writes it into a file that trustd follows: trustd(8), Logs elsewhere.
            try scene.folder.write("log/mail.log", "", mode: 0o640, owner: .daemon)
            try scene.writeSettings("log = \(scene.folder("log/mail.log"))")
            #expect(try !scene.findings().map(\.id).contains("log-to-syslog-only"))
            try scene.writeSettings()
            try scene.edit("log_file_path = syslog", "log_file_path = \(scene.folder("log"))/%slog : syslog", reloading: false)
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("the doctor finds an Exim that is too old")
    func old() throws {
        try RelayScene.well { scene in
            // A real Exim, patched so that it reports a version of 2017.
            let old = scene.folder("exim-old")
            try ProgramRun.run("cp", [PrivateExim.binary, old])
            try ProgramRun.run("sed", ["-i", "s/\\x004\\.9[0-9]\\x00/\\x004.89\\x00/g", old])
            try scene.writeSettings("exim = \(old)\nreload = none")
            let said = try ProgramRun.run(old, ["-C", scene.folder("exim.conf"), "-bV"]).output
            try #require(said.hasPrefix("Exim version 4.89 "), "\(said)")
            let finding = try scene.finding("exim-too-old")
            #expect(finding.problem.contains("4.89"))
            try scene.writeSettings()
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("the doctor finds a missing Exim, a refused Exim configuration and a wrong config file")
    func beginnings() throws {
        try RelayScene.well { scene in
            try scene.writeSettings("exim = /nonexistent/exim")
            #expect(try scene.findings().map(\.id) == ["exim-missing"])
            try scene.writeSettings("logs = x")
            let unsound = try scene.finding("configuration-unsound")
            #expect(unsound.problem.contains("unknown key “logs”"))
            try scene.writeSettings()
            try scene.edit("keep_environment", "no_such_option = 1\nkeep_environment", reloading: false)
            #expect(try scene.finding("exim-configuration-refused").problem.contains("no_such_option"))
            try scene.edit("no_such_option = 1\n", "", reloading: false)
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("one fault does not hide others")
    func several() throws {
        try RelayScene.well { scene in
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(DoctorListTests.hash.lowercased()) : 12\n")
            chmod(scene.folder("state/pending"), 0o777)
            try scene.edit("  require message = relay not permitted\n          domains = +local_domains : +relay_to_domains\n", "")
            let ids = try scene.findings().map(\.id)
            #expect(Set(ids) == ["never-matches", "owner-or-mode", "open-relay"])
            #expect(ids.count { $0 == "never-matches" } == 2)
        }
    }

    @Test("the doctor changes nothing")
    func quiet() throws {
        try RelayScene.well { scene in
            func state() throws -> String {
                try ProgramRun.run(
                    "sh",
                    [
                        "-c",
                        "cd '\(scene.folder.path)' && find . -not -path './state/*' -printf '%p %m %u %s %T@\\n' | sort",
                    ]
                ).output
            }
            let before = try state()
            #expect(try scene.findings().isEmpty)
            #expect(try scene.trustctl("doctor").text == "")
            #expect(try scene.trustctl("doctor", "--json").output == "{\n  \"findings\" : [\n\n  ],\n  \"version\" : 1\n}\n")
            #expect(try state() == before)
        }
    }

    @Test(
        "an unprivileged user gets 77 and the command to use instead",
        .skipped(by: TrustDaemon.privilegeObstacle))
    func notRoot() throws {
        try RelayScene.run { scene in
            let nobody = try ProgramRun.run(
                "setpriv",
                [
                    "--reuid=nobody", "--regid=nogroup", "--clear-groups", BuiltPrograms.trustctl, "doctor", "--config",
                    scene.operator.settings,
                ])
            #expect(nobody.exitCode == 77, "\(nobody)")
            #expect(nobody.errors.contains("hint: sudo trustctl doctor"), "\(nobody)")
        }
    }
}

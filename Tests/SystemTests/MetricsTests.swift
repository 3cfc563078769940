import Glibc
import Testing
import TrustTestSupport

/// What a monitoring system reads, with Prometheus' own programs.
@Suite("Numbers for monitoring, and one line for Nagios")
struct MetricsTests {
    /// Debian's Prometheus is large and would run as a service, so it is unpacked.
    private func unpacked(_ scene: RelayScene) throws -> UnpackedPackages {
        do { return try UnpackedPackages(["prometheus", "python3-prometheus-client"], in: scene.folder) } catch let missing
            as UnpackedPackages.Missing
        {
            try Skipping.skip(because: "the package prometheus cannot be fetched: \(missing.reason)")
        }
    }

    private func value(_ name: String, _ text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test("metrics says what is, and parsers accept it; the attack: a stranger writes trustd's status")
    func metrics() throws {
        try RelayScene.run { scene in
            let packages = try unpacked(scene)
            let daemon = try scene.startDaemon()
            let alice = try scene.makeClient("alice", .expiring)
            #expect(try scene.trustctl("approve", "--certificate", alice.certificate, "--label", "alice", "--yes").exitCode == 0)
            _ = try scene.refusedClient("bob")
            #expect([0, 78].contains(try scene.trustctl("doctor", "--keep").exitCode))
            // trustd writes its status a moment after the entry.
            try waitUntil("trustd has counted the sighting") {
                value(#"trustd_log_sightings_total{log="1"}"#, try scene.trustctl("metrics", "--prometheus").output) == "1"
            }
            let text = try scene.trustctl("metrics", "--prometheus").output
            for (name, wanted) in [
                ("trustd_running", "1"), ("trustctl_approved", "1"), ("trustctl_denied", "0"), (#"trustctl_pending{age="hour"}"#, "1"),
                (#"trustctl_pending{age="older"}"#, "0"), (#"trustd_log_sightings_total{log="1"}"#, "1"),
                (#"trustd_refused_sightings_total{reason="full"}"#, "0"), (#"trustctl_decisions_total{action="approve"}"#, "1"),
                (#"trustctl_approved_ending{days="7"}"#, "0"), (#"trustctl_approved_ending{days="30"}"#, "1"),
                (#"trustctl_readable{part="queue"}"#, "1"), (#"trustctl_readable{part="doctor"}"#, "1"), ("trustctl_list_missing", "0"),
            ] { #expect(value(name, text) == wanted, "\(name) in\n\(text)") }
            #expect(text.contains("trustctl_last_reload_proof_timestamp_seconds "), "\(text)")
            #expect(text.contains(#"trustctl_doctor_findings{severity="error"} "#), "\(text)")
            try accepted(packages, scene)

            // The attack: trustd's user writes reasons and names that would be labels.
            try daemon.stop()
            let status = scene.folder("state/position/status")
            let honest = try File.read(status)
            let heading = "trustd-status 1\n"
            try File.write(status, honest.replacing(heading, with: heading + "Refused: 7 \"}\\n# EOF stranger=\n"))
            let attacked = try scene.trustctl("metrics", "--prometheus").output
            #expect(!attacked.contains("stranger"), "\(attacked)")
            #expect(value(#"trustd_refused_sightings_total{reason="other"}"#, attacked) == "7", "\(attacked)")
            #expect(value("trustd_running", attacked) == "0")
            try accepted(packages, scene)
        }
    }

    /// Both formats are accepted by those who read them.
    private func accepted(_ packages: UnpackedPackages, _ scene: RelayScene) throws {
        let file = scene.folder("trustd.prom")
        #expect(try scene.trustctl("metrics", "--prometheus", "--output", file).exitCode == 0)
        let checked = try ProgramRun.run("sh", ["-c", "exec \(packages.root)/usr/bin/promtool check metrics <\(file)"])
        #expect(checked.exitCode == 0 && checked.text.isEmpty, "\(checked)")
        let open = try scene.trustctl("metrics").output
        try File.write(scene.folder("open.txt"), open)
        let parsed = try ProgramRun.run(
            "python3",
            [
                "-B", "-c",
                """
                import sys
                from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
                families = list(parse(open(sys.argv[1]).read()))
                print(sum(len(family.samples) for family in families))
                """, scene.folder("open.txt"),
            ], environment: ["PYTHONPATH": "\(packages.root)/usr/lib/python3/dist-packages"])
        #expect(parsed.exitCode == 0, "\(parsed)\n\(open)")
        let samples = open.split(separator: "\n").filter { !$0.hasPrefix("#") }.count
        #expect(parsed.output == "\(samples)\n")
    }

    @Test("the attack: a link in the folder of the numbers is replaced, and not followed")
    func link() throws {
        try RelayScene.run { scene in
            try scene.folder.write("victim", "untouched\n")
            try scene.folder.makeFolder("collector")
            for name in ["trustd.prom", ".trustd.prom.new"] {
                #expect(symlink(scene.folder("victim"), scene.folder("collector/\(name)")) == 0)
            }
            #expect(try scene.trustctl("metrics", "--output", scene.folder("collector/trustd.prom")).exitCode == 0)
            #expect(try scene.folder.read("victim") == "untouched\n")
            #expect(File.names(in: scene.folder("collector")) == ["trustd.prom"])
            #expect(try scene.folder.read("collector/trustd.prom").hasSuffix("# EOF\n"))
        }
    }

    @Test("the alerts that are shipped fire for what they say, by promtool")
    func alerts() throws {
        try RelayScene.run { scene in
            let packages = try unpacked(scene)
            try scene.folder.write("trustd.rules.yml", File.read(ShippedFiles.project + "/etc/monitoring/trustd.rules.yml"))
            try scene.folder.write("rules.test.yml", File.read(ShippedFiles.project + "/Tests/Monitoring/rules.test.yml"))
            let tested = try ProgramRun.run("\(packages.root)/usr/bin/promtool", ["test", "rules", scene.folder("rules.test.yml")])
            #expect(tested.exitCode == 0, "\(tested)")
            // Every metric in a rule or in the dashboard is one that trustctl prints.
            _ = try scene.startDaemon()
            _ = try scene.trustctl("doctor", "--keep")
            let alice = try scene.makeClient("alice")
            #expect(try scene.trustctl("approve", "--certificate", alice.certificate, "--yes").exitCode == 0)
            _ = try scene.refusedClient("bob")
            let printed = try scene.trustctl("metrics", "--prometheus").output
            for file in ["etc/monitoring/trustd.rules.yml", "etc/monitoring/grafana.json"] {
                let words = try File.read(ShippedFiles.project + "/" + file).split { !($0.isLetter || $0.isNumber || $0 == "_") }
                // Those of a fleet are only there in one: FleetMonitoringTests.
                for name in Set(words)
                where !name.hasPrefix("trustctl_fleet_") && (name.hasPrefix("trustd_") || name.hasPrefix("trustctl_")) {
                    #expect(printed.contains("# TYPE \(name) "), "\(name) of \(file)")
                }
            }
        }
    }

    @Test("status --check ends with 0, 1, 2 or 3, in one line with performance data")
    func check() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.makeClient("alice")
            #expect(try scene.trustctl("approve", "--certificate", alice.certificate, "--yes").exitCode == 0)
            _ = try scene.refusedClient("bob")
            try waitUntil("trustd has counted the sighting") {
                try scene.trustctl("status", "--check").output.contains(" sightings=1c ")
            }
            let well = try scene.trustctl("status", "--check")
            #expect(
                well.exitCode == 0 && well.output.hasPrefix("TRUSTD OK - 1 pending, 1 approved | pending=1;;;0 approved=1;;;0 "), "\(well)")
            #expect(well.output.split(separator: "\n").count == 1 && well.output.contains(" sightings=1c unread=0B;;;0 behind=0s;;;0"))
            let waits = try scene.trustctl("status", "--check", "--warning-age", "0")
            #expect(waits.exitCode == 1 && waits.output.hasPrefix("TRUSTD WARNING - a certificate has waited for 0 hours; "), "\(waits)")
            // Somebody who may not look.
            let other = try ProgramRun.run(
                "setpriv",
                [
                    "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", BuiltPrograms.trustctl, "status", "--check", "--config",
                    scene.folder("etc/trustd.conf"),
                ])
            #expect(other.exitCode == 3 && other.output.hasPrefix("TRUSTD UNKNOWN - "), "\(other)")
            try daemon.stop()
            let stopped = try scene.trustctl("status", "--check")
            #expect(stopped.exitCode == 2 && stopped.output.hasPrefix("TRUSTD CRITICAL - no trustd follows the log; "), "\(stopped)")
            #expect(unlink(scene.listOnDisk) == 0)
            let gone = try scene.trustctl("status", "--check")
            #expect(gone.exitCode == 2 && gone.output.contains("the trust list is missing"), "\(gone)")
        }
    }
}

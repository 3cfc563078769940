import Foundation
import Glibc
import Testing
import TrustTestSupport

@Suite("Monitoring in a fleet: numbers, one line, and a mail about relays that are not live") struct FleetMonitoringTests {
    private func value(_ name: String, _ text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    private func metrics(_ person: Operator) throws -> String { try person.trustctl("metrics", "--prometheus").done().output }

    @Test("a console says who is live; one that is behind a revocation is STILL TRUSTED, told once") func console() throws {
        try CarriedFleet.run(2) { fleet in
            let person = fleet.console.operator
            try File.append(person.settings, "notify_to = ops@example.org\nnotify_every = 1m\n")
            let bob = try fleet.scene.relays[0].makeClient("bob")
            #expect(try fleet.decide("approve", "\(bob.fingerprint)").exitCode == 0)
            let well = try person.trustctl("status", "--check")
            #expect(well.exitCode == 0 && well.output.contains(" members=2;;;0 live=2;;;0 late=0;;;0"), "\(well)")
            var text = try metrics(person)
            for (name, wanted) in [
                ("trustctl_fleet_members", "2"), (#"trustctl_fleet_members_state{state="live"}"#, "2"),
                (#"trustctl_fleet_members_state{state="silent"}"#, "0"), (#"trustctl_fleet_member_live{member="mx2"}"#, "1"),
                ("trustctl_fleet_still_trusting", "0"), ("trustctl_fleet_trusted_again", "0"), ("trustctl_fleet_database_connected", "1"),
                (#"trustctl_fleet_decisions{state="waiting"}"#, "0"), (#"trustctl_fleet_decisions{state="void"}"#, "0"),
                (#"trustctl_readable{part="fleet"}"#, "1"),
            ] { #expect(value(name, text) == wanted, "\(name) in\n\(text)") }
            #expect(value("trustctl_fleet_longest_silence_seconds", text) != nil && !text.contains("trustd_running"), "\(text)")
            for file in ["etc/monitoring/trustd.rules.yml", "etc/monitoring/grafana.json"] {
                let words = try File.read(ShippedFiles.project + "/" + file).split { !($0.isLetter || $0.isNumber || $0 == "_") }
                for name in Set(words) where name.hasPrefix("trustctl_fleet_") {
                    #expect(text.contains("# TYPE \(name) "), "\(name) of \(file)")
                }
            }
            #expect(try person.trustctl("notify", "--dry-run").errors.contains("nothing is new"))

            try fleet.stop("mx2")
            #expect(try fleet.decide("revoke", "\(bob.fingerprint)", "--wait-fleet", "5").exitCode == 70)
            let critical = try person.trustctl("status", "--check")
            #expect(
                critical.exitCode == 2
                    && critical.output.hasPrefix("TRUSTD CRITICAL - what was revoked may be STILL TRUSTED on mx2; not live: mx2 (behind); "),
                "\(critical)")
            #expect(critical.output.split(separator: "\n").count == 1, "\(critical)")
            text = try metrics(person)
            #expect(value(#"trustctl_fleet_member_live{member="mx2"}"#, text) == "0", "\(text)")
            #expect(value("trustctl_fleet_still_trusting", text) == "1", "\(text)")
            // It may still be on its way: the mail about it comes later, or now about what is silent for long.
            try fleet.server.stop()
            try fleet.console.waitUntilStatus("Trouble: ")
            let away = try person.trustctl("notify", "--dry-run")
            #expect(away.output.contains("the fleet's database is not connected"), "\(away)")
            #expect(!away.output.contains("mx2"), "\(away)")
            #expect(try metrics(person).contains("\ntrustctl_fleet_database_connected 0\n"))
        }
    }

    @Test("a relay that is late for longer than a decision travels is told of by mail, with what it may still trust") func late() throws {
        try FleetScene.founded(2) { scene in
            let console = try scene.console()
            try File.append(console.operator.settings, "notify_to = ops@example.org\nnotify_every = 1m\n")
            /// What the relays have answered comes to the console.
            func hear() throws {
                for number in scene.relays.indices {
                    _ = try console.operator.trustctl("fleet", "import", try scene.export(number, "answer")).done()
                }
            }
            func mail() throws -> String { try console.operator.trustctl("notify", "--dry-run").text }
            func findings(_ person: Operator) throws -> String { try person.trustctl("doctor").text }
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let bob = try mx1.makeClient("bob")
            try scene.decide(at: console, "approve", "\(bob.fingerprint)").done()
            try scene.give(console)
            try hear()
            #expect(try mail().contains("nothing is new"))
            // Signed just now, it may still be on its way.
            let signed = mx1.folder("signed.pack")
            try scene.decide(at: console, "revoke", "\(bob.fingerprint)", "--output", signed).done()
            let before = console("before")
            _ = try ProgramRun.run("cp", ["-a", console("ledger"), before]).done()
            _ = try console.operator.trustctl("fleet", "import", signed).done()
            #expect(try mail().contains("nothing is new"))
            // The same, signed seven minutes ago.
            _ = try ProgramRun.run("sh", ["-c", "rm -r \(console("ledger")) && mv \(before) \(console("ledger"))"]).done()
            try scene.redate(signed, by: -420, for: "trust-decision", with: String(scene.key("alice@example.org").dropLast(".pub".count)))
            for person in [console.operator, mx1.operator] { _ = try person.trustctl("fleet", "import", signed).done() }
            try hear()
            let told = try mail()
            #expect(told.contains("STILL TRUSTED on mx2: 1 certificate") && told.contains("mx2 is behind"), "\(told)")
            #expect(!told.contains("mx1"), "\(told)")
            #expect(try findings(console.operator).contains("1 of 2 members are not live: mx2 (behind)"))
            // A relay hears little of others, and says nothing of them; of itself it does.
            #expect(try !findings(mx1.operator).contains("fleet-members-late"))
            _ = try mx2.trustctl("fleet", "import", signed, "--keep-only").done()
            #expect(try findings(mx2.operator).contains("1 of 2 members are not live: mx2 (behind)"))
            _ = try mx2.trustctl("fleet", "apply").done()
            try hear()
            #expect(try mail().contains("nothing is new"))
            #expect(try !findings(console.operator).contains("fleet-members-late"))
        }
    }

    @Test("a relay speaks for itself alone; one without a fleet has no word of one") func relay() throws {
        try CarriedFleet.run(2) { fleet in
            let text = try metrics(fleet.scene.relays[0].operator)
            #expect(value(#"trustctl_fleet_member_live{member="mx1"}"#, text) == "1" && !text.contains("mx2"), "\(text)")
            #expect(value("trustctl_fleet_members", text) == "2" && text.contains("trustctl_approved "), "\(text)")
        }
        try RelayScene.run { scene in
            let text = try metrics(scene.operator)
            #expect(!text.contains("fleet"), "\(text)")
            #expect(try !scene.trustctl("status", "--check").output.contains("members"))
        }
    }
}

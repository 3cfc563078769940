import Testing
import TrustCore
import TrustTestSupport

/// fail2ban's server reads a real relay's log while clients join, and writes down whom it bans.
@Suite("Who is banned by a real fail2ban")
struct Fail2banJailTests {
    @Test(
        "a join with its three tries is not banned, nor one with a wrong code; strangers are",
        arguments: [nil, "trixie"])
    func jail(release: String?) throws {
        var configuration = EximConfiguration()
        // Not by the name server of this machine.
        configuration.before = "host_lookup = *\nhost_lookup_order = byaddr"
        try RelayScene.run(configuration) { scene in
            let fail2ban: Fail2ban
            do { fail2ban = try Fail2ban(of: release, in: scene.folder) } catch let missing as UnpackedPackages.Missing {
                try Skipping.skip(because: "the package fail2ban cannot be fetched: \(missing.reason)")
            }
            let jail = try fail2ban.startJail(over: scene.exim.log)
            let daemon = try scene.startDaemon()
            let code = try scene.invite()
            // Whoever joins has the address 127.0.0.1.
            for _ in 1...5 {
                #expect(try scene.join("guesser", "00000-00000-00000-00000-00000-00000-00000-0FK").exitCode == 11)
                #expect(try scene.join("guesser", String(code.dropLast())).exitCode == 64)
            }
            // Nobody admits it in time: it asks three times in ten minutes.
            let waits = try scene.join("laptop", code, "--wait", "9m")
            #expect(waits.exitCode == 10, "\(waits)")
            #expect(try scene.trustctl("admit").exitCode == 0)
            for _ in 1...5 { #expect(try scene.join("laptop", code).exitCode == 0) }

            // The control, behind all that in the same log: a stranger's fifth line bans him, and a join's lines count as such lines do.
            func refuse(_ address: String) throws {
                var client = scene.exim.client
                client.from = address
                #expect(try client.replyToRecipient("bob@remote.example", showing: nil) == 550)
            }
            for _ in 1...4 { try refuse("127.0.0.2") }
            for _ in 1...5 { try refuse("127.0.0.3") }
            try waitUntil("the stranger is banned: \(jail.log)") { jail.banned == ["127.0.0.3"] }
            #expect(jail.counted("127.0.0.1") == 3 && jail.counted("127.0.0.2") == 4, "\(jail.log)\(scene.exim.logText)")
            for _ in 1...2 { try refuse("127.0.0.1") }
            try waitUntil("five from there would have been too many: \(jail.log)") { jail.banned == ["127.0.0.3", "127.0.0.1"] }
            try jail.stop()
            try daemon.stop()
        }
    }
}

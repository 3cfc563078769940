import Testing
import TrustCore
import TrustTestSupport

/// The commands of a single relay, on one that belongs to a fleet.
@Suite("What a relay's own commands do in a fleet")
struct FleetDayTests {
    @Test("review signs each decision, and u signs the contrary; without a key it does not begin")
    func review() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let alice = try mx1.makeClient("alice")
            try mx1.folder.queue(alice)
            func screen(_ options: [String]) throws -> TerminalScreen {
                try TerminalScreen(
                    [BuiltPrograms.trustctl, "review", "--config", mx1.operator.settings] + options, in: mx1.folder)
            }
            let keyless = try screen([])
            #expect(try keyless.waitForEnd() == 77)
            #expect(keyless.text.contains("there is no key to sign with"), "\(keyless.text)")
            let signing = try screen(["--sign-with", scene.key("alice@example.org")])
            try signing.waitForPrompt("q quit:")
            try signing.type("a")
            try signing.waitForPrompt("label (Enter for none):")
            try signing.type("alice\n")
            #expect(try signing.waitForEnd() == 0)
            #expect(signing.everything.contains { $0.contains("signed: decision ") }, "\(signing.everything)")
            #expect(try mx1.reply(to: alice) == 250)

            let bob = try mx1.makeClient("bob")
            let carol = try mx1.makeClient("carol")
            for client in [bob, carol] { try mx1.folder.queue(client) }
            let again = try screen(["--sign-with", scene.key("alice@example.org")])
            try again.waitForPrompt("q quit:")
            try again.type("d")
            try again.waitFor("(2 of 2)")
            try again.waitForPrompt("q quit:")
            try again.type("u")
            try waitUntil("the denial and its contrary are signed") {
                again.everything.count { $0.contains("signed: decision ") } == 2
            }
            try again.waitForPrompt("q quit:")
            try again.type("q")
            #expect(try again.waitForEnd() == 0)
            #expect(try mx1.operator.entries("denied").isEmpty)
            let verified = try mx1.trustctl("fleet", "verify")
            #expect(verified.exitCode == 0, "\(verified)")
        }
    }

    @Test("more decisions that do not know of each other than a receipt names: whoever has all is live")
    func manyHeads() throws {
        try FleetScene.founded(2) { scene in
            let mx1 = scene.relays[0]
            var random = Randomness("heads")
            let packs = try (0..<12).map { number in
                let pack = mx1.folder("head\(number).pack")
                _ = try scene.decide(0, "approve", "\(random.fingerprint())", "--output", pack).done()
                return pack
            }
            for pack in packs { for relay in scene.relays { _ = try relay.trustctl("fleet", "import", pack).done() } }
            try scene.carry(from: 1, to: 0)
            let status = try mx1.trustctl("fleet", "status")
            #expect(status.exitCode == 0 && status.output.contains("live      2 of 2 members"), "\(status)")
            #expect(status.output.split(separator: "\n").count { $0.hasPrefix("head ") } == 12, "\(status)")
            #expect(try scene.relays[1].trustctl("fleet", "verify").exitCode == 0)
        }
    }

    @Test("an approval ends on each relay at its end, and the next apply does not bring it back")
    func ends() throws {
        try FleetScene.founded(2) { scene in
            let mx2 = scene.relays[1]
            let alice = try mx2.makeClient("alice")
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)", "--until", "\(Timestamp(seconds: Timestamp.now.seconds + 5))").done()
            try scene.carry(from: 0, to: 1)
            try waitUntil("the approval is over") { try mx2.trustctl("expire", "--yes").output.contains("done: ") }
            #expect(try mx2.reply(to: alice) == 550)
            _ = try mx2.trustctl("fleet", "apply").done()
            #expect(try mx2.reply(to: alice) == 550)
            let verified = try mx2.trustctl("fleet", "verify")
            #expect(verified.exitCode == 0, "\(verified)")
        }
    }

    @Test("a certificate that has ended stays where the fleet approves it, so that apply and expire do not take turns")
    func endedCertificate() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let old = try ClientCertificate("old", .expired, in: mx1.folder)
            try mx1.folder.queue(old)
            _ = try scene.decide(0, "approve", "\(old.fingerprint)").done()
            let expired = try mx1.trustctl("expire", "--yes").done()
            #expect(expired.text.contains("nothing to do"), "\(expired)")
            #expect(try mx1.trusted == ["\(old.fingerprint)"])
        }
    }

    @Test("adopt signs what one relay had approved alone, with its label, and it counts on all")
    func adopt() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let (old, other) = (try mx1.makeClient("old"), try mx1.makeClient("other"))
            _ = try mx1.trustctl("approve", "--certificate", old.certificate, "--label", "old", "--local", "--yes").done()
            _ = try mx1.trustctl("approve", "--certificate", other.certificate, "--local", "--yes").done()
            let key = scene.key("alice@example.org")
            let stranger = try mx1.trustctl("fleet", "adopt", String(repeating: "A", count: 64), "--yes", "--sign-with", key)
            #expect(stranger.exitCode == 65 && stranger.errors.contains("not approved here"), "\(stranger)")
            let adopted = try mx1.trustctl("fleet", "adopt", "old", "--yes", "--sign-with", key).done()
            #expect(adopted.errors.contains("signed: decision ") && adopted.errors.contains("(old)  CN=old"), "\(adopted)")
            try scene.carry(from: 0, to: 1)
            #expect(try scene.replies(to: old) == [250, 250])
            #expect(try scene.replies(to: other) == [250, 550])
            // Revoked in the fleet's name, what only one relay had approved is gone there too.
            let alone = try mx2.makeClient("alone")
            _ = try mx2.trustctl("approve", "\(alone.fingerprint)", "--local", "--yes").done()
            _ = try scene.decide(0, "revoke", "\(alone.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            #expect(try mx2.reply(to: alone) == 550)
            #expect(try mx2.trustctl("show", "old").done().output.contains("CN=old"))
            let twice = try mx1.trustctl("fleet", "adopt", "old", "--yes", "--sign-with", key)
            #expect(twice.exitCode == 65 && twice.errors.contains("the fleet's already"), "\(twice)")
            _ = try mx1.trustctl("fleet", "adopt", "--yes", "--sign-with", key).done()
            #expect(try mx1.trustctl("fleet", "adopt", "--yes", "--sign-with", key).done().errors.contains("nothing to do"))
        }
    }

    @Test("what would approve without a signature is refused: invite, import, and renewals by themselves")
    func unsigned() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let invited = try mx1.trustctl("invite", "--label", "bob")
            #expect(invited.exitCode == 78 && invited.errors.contains("at a console"), "\(invited)")
            let alice = try mx1.makeClient("alice")
            try mx1.folder.write("export.json", try Self.export(of: alice))
            let unsigned = try mx1.trustctl("import", mx1.folder("export.json"), "--yes")
            #expect(unsigned.exitCode == 77 && unsigned.errors.contains("there is no key to sign with"), "\(unsigned)")
            #expect(try mx1.reply(to: alice) == 550)
            _ = try scene.decide(0, "import", mx1.folder("export.json")).done()
            #expect(try mx1.reply(to: alice) == 250)
            try File.append(mx1.operator.settings, "renew = same-key\n")
            let admitted = try mx1.trustctl("admit")
            #expect(admitted.exitCode == 78 && admitted.errors.contains("nothing is renewed by itself"), "\(admitted)")
            let findings = try mx1.findings().map(\.id)
            #expect(findings.contains("renewals-without-effect") && !findings.contains("renewals-not-approved"), "\(findings)")
        }
    }

    /// What a single relay that approves `client` exports.
    private static func export(of client: ClientCertificate) throws -> String {
        var text = ""
        try RelayScene.run { other in
            _ = try other.trustctl("approve", "\(client.fingerprint)", "--yes").done()
            text = try other.trustctl("export").done().output
        }
        return text
    }

    @Test("a key that has taken 1,100 away goes in several decisions, and nobody is trusted again")
    func many() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let bob = try scene.makeKey("bob@example.org")
            _ = try mx1.trustctl("fleet", "key", "add", bob, "--sign-with", scene.key("root@safe")).done()
            var random = Randomness("many")
            let many = (0..<1_100).map { _ in "\(random.fingerprint())" }
            func decide(_ by: String, _ action: String) throws -> ProgramRun.Outcome {
                try mx1.operator.start([action] + many + ["--sign-with", scene.key(by), "--yes"]).wait().done()
            }
            let approved = try decide("alice@example.org", "approve")
            #expect(approved.errors.contains("this is signed in 2 decisions"), "\(approved.errors.prefix(300))")
            #expect(try mx1.trusted.count == 1_100)
            _ = try decide("bob@example.org", "revoke")
            #expect(try mx1.trusted.isEmpty)
            let removed = try mx1.trustctl("fleet", "key", "remove", "bob@example.org", "--sign-with", scene.key("root@safe")).done()
            #expect(removed.errors.contains("this is signed in "), "\(removed)")
            #expect(!removed.errors.contains("TRUSTED AGAIN"), "\(removed)")
            #expect(try mx1.trusted.isEmpty)
            let verified = try mx1.trustctl("fleet", "verify")
            #expect(verified.exitCode == 0, "\(verified.text.prefix(600))")
        }
    }
}

import Testing
import TrustCore
import TrustTestSupport

/// The operator's days on a Debian where `setup --trust ca` has let in a CA's clients.
@Suite("A relay that trusts a CA")
struct AuthorityDayTests {
    private func relay(_ body: (DebianScene, CertificateAuthority) throws -> Void) throws {
        var options = DebianScene.Options()
        (options.isBare, options.split) = (true, true)
        try DebianScene.run(options) { scene in
            let authority = try CertificateAuthority("clients/ca", in: scene.folder)
            let setup = try scene.trustctl("setup", "--trust", "ca", "--ca", authority.certificate, "--yes")
            try #require(setup.exitCode == 0, "\(setup)")
            try body(scene, authority)
        }
    }

    @Test("whom the CA has issued is revoked at the next recipient, known or not; undo lets him in")
    func revoke() throws {
        try relay { scene, authority in
            let (thief, friend) = (try authority.issue("clients/thief"), try authority.issue("clients/friend"))
            #expect(try scene.reply(to: thief) == 250 && scene.reply(to: friend) == 250)

            let revoked = try scene.trustctl("revoke", "\(thief.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0 && revoked.errors.contains("has never been seen here"), "\(revoked)")
            #expect(File.names(in: scene.folder("etc/revoked")) == ["\(thief.fingerprint)"])
            #expect(try scene.reply(to: thief) == 550 && scene.reply(to: friend) == 250)
            #expect(try scene.operator.entries().isEmpty)

            let undone = try scene.trustctl("undo", "2", "--yes")
            #expect(undone.exitCode == 0, "\(undone)")
            #expect(File.names(in: scene.folder("etc/revoked")).isEmpty)
            #expect(try scene.reply(to: thief) == 250)

            // One that is approved by its fingerprint too has two ways in, and loses both.
            #expect(try scene.trustctl("approve", "--certificate", friend.certificate, "--yes").exitCode == 0)
            #expect(try scene.trustctl("revoke", "\(friend.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: friend) == 550)

            // The folder is lost: nobody comes in by the CA, and what is revoked then counts when the folder is there again.
            try ProgramRun.run("rm", ["-r", scene.folder("etc/revoked")])
            #expect(try scene.reply(to: thief) == 451)
            let late = try scene.trustctl("revoke", "\(thief.fingerprint)", "--yes")
            #expect(late.exitCode == 0 && late.errors.contains("is missing"), "\(late)")
            try scene.apply(scene.finding("revoked-missing"))
            #expect(Set(File.names(in: scene.folder("etc/revoked"))) == ["\(thief.fingerprint)", "\(friend.fingerprint)"])
            #expect(try scene.reply(to: thief) == 550 && scene.reply(to: friend) == 550)
            #expect(try scene.reply(to: authority.issue("clients/third")) == 250)
            #expect(try !scene.findings().map(\.id).contains("revoked-missing"))
        }
    }

    @Test("a revocation at which Exim does not look is refused; one in the list is taken out anyway")
    func elsewhere() throws {
        try relay { scene, authority in
            let (issued, both) = (try authority.issue("clients/issued"), try authority.issue("clients/both"))
            #expect(try scene.trustctl("approve", "--certificate", both.certificate, "--yes").exitCode == 0)
            let settings = try scene.folder.read("etc/trustd.conf")
            try scene.folder.makeFolder("etc/elsewhere")
            try scene.folder.write(
                "etc/trustd.conf", settings.replacing(scene.folder("etc/revoked"), with: scene.folder("etc/elsewhere")))

            let refused = try scene.trustctl("revoke", "\(issued.fingerprint)", "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("exim looks into \(scene.folder("etc/revoked"))"), "\(refused)")
            #expect(refused.errors.contains("\(issued.fingerprint) is STILL TRUSTED if the CA has issued it"), "\(refused)")
            #expect(File.names(in: scene.folder("etc/elsewhere")).isEmpty)
            let partly = try scene.trustctl("revoke", "\(both.fingerprint)", "--yes")
            #expect(partly.exitCode == 0 && partly.errors.contains("one that the CA has issued is STILL TRUSTED"), "\(partly)")
            #expect(try !scene.trusted.contains("\(both.fingerprint)") && scene.reply(to: both) == 250)
            #expect(try scene.finding("revoked-elsewhere").mend.contains("trustctl setup"))

            // The old settings again: setup finds who is missing there.
            try scene.folder.write("etc/trustd.conf", settings)
            let healed = try scene.trustctl("setup", "--yes")
            #expect(healed.exitCode == 0, "\(healed)")
            #expect(try scene.reply(to: both) == 550 && scene.reply(to: issued) == 250)
        }
    }

    @Test("list and show say by which way each is let in, in words and in JSON")
    func ways() throws {
        try relay { scene, authority in
            let (own, both) = (try scene.makeClient("own"), try authority.issue("clients/both"))
            let ended = try authority.issue("clients/ended", days: 0)
            for client in [own, both, ended] {
                #expect(try scene.trustctl("approve", "--certificate", client.certificate, "--yes").exitCode == 0)
            }
            let entries = try scene.operator.entries("approved")
            let ways = Dictionary(uniqueKeysWithValues: entries.map { ($0.fingerprint, $0.let_in_by) })
            #expect(
                ways == [
                    "\(own.fingerprint)": ["fingerprint"], "\(both.fingerprint)": ["fingerprint", "ca"], "\(ended.fingerprint)": [],
                ])
            let list = try scene.trustctl("list", "--state", "approved").output
            #expect(list.contains("  let in by its fingerprint\n"), "\(list)")
            #expect(list.contains("  let in by its fingerprint, and by the CA\n"), "\(list)")
            #expect(try scene.trustctl("show", "\(both.fingerprint)").output.contains("\nlet in by      its fingerprint, and by the CA\n"))
            #expect(try scene.trustctl("show", "\(ended.fingerprint)").output.contains("\nlet in by      nothing\n"))

            // Out of the list it is still the CA's, until it is revoked.
            #expect(try scene.trustctl("undo", "3", "--yes").exitCode == 0)
            #expect(try scene.reply(to: both) == 250)
            let shown = try scene.trustctl("show", "\(both.fingerprint)")
            #expect(shown.output.contains("\nlet in by      the CA\n"), "\(shown)")
            #expect(try scene.trustctl("revoke", "\(both.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.trustctl("show", "\(both.fingerprint)").output.contains("\nlet in by      nothing\n"))
            #expect(try scene.reply(to: both) == 550)
        }
    }

    @Test("a client shows its self-signed certificate, and gets the one that the CA has issued for it")
    func handOver() throws {
        try relay { scene, authority in
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            let issued = try File.read(authority.issue("clients/next").certificate)
            try scene.folder.write("etc/issued/\(alice.fingerprint)", issued)
            func answer(_ client: ClientCertificate, _ recipient: String) throws -> String {
                try ProgramRun.run(
                    "swaks",
                    [
                        "--server", "127.0.0.1:\(scene.exim.port)", "--local-interface", "127.0.0.2", "--helo", "client.example", "--from",
                        "<>", "--to", recipient, "--tls", "--tls-cert", client.certificate, "--tls-key", client.key, "--quit-after", "RCPT",
                    ]
                ).output
            }
            let told = try answer(alice, RelayClient.foreignRecipient).replacing("\r", with: "")
            #expect(told.contains("550-issued:"), "\(told)")
            for line in issued.split(separator: "\n") { #expect(told.contains("\(line)"), "\(told)") }
            #expect(try !answer(bob, RelayClient.foreignRecipient).contains("issued:"))
            // Debian lets 127.0.0.1 relay by itself.
            var near = scene.exim.client
            near.from = "127.0.0.1"
            #expect(try near.replyToRecipient(showing: alice) == 250)
            #expect(try scene.exim.client.replyToRecipient("postmaster@relay.example", showing: alice) == 250)
        }
    }
}

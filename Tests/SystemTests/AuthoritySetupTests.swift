import Testing
import TrustCore
import TrustTestSupport

/// `trustctl setup --trust ca`: whom a CA has issued a certificate relays, on Exims with both TLS libraries.
@Suite("Trust by a CA")
struct AuthoritySetupTests {
    struct Form: Sendable, CustomStringConvertible {
        let isSplit: Bool
        let hasOpenSSL: Bool
        var description: String { "\(isSplit ? "split" : "unsplit"), \(hasOpenSSL ? "OpenSSL" : "GnuTLS")" }
        var options: DebianScene.Options {
            var options = DebianScene.Options()
            (options.isBare, options.split, options.hasOpenSSL) = (true, isSplit, hasOpenSSL)
            return options
        }
        static let all =
            [Form(isSplit: true, hasOpenSSL: false), Form(isSplit: false, hasOpenSSL: false)]
            + (OpenSSLExim.obstacle == nil ? [Form(isSplit: true, hasOpenSSL: true)] : [])
    }

    /// The attacks, against rules that are live.
    private func attack(_ scene: some TrustScene, _ authority: CertificateAuthority, _ name: String) throws {
        let issued = try authority.issue("clients/issued")
        #expect(try scene.reply(to: issued) == 250, "\(scene.exim.logText)")
        #expect(try scene.reply(to: authority.issue("clients/ended", days: 0)) == 550)
        let namesake = try CertificateAuthority("clients/namesake", subject: name, in: scene.folder)
        let another = try CertificateAuthority("clients/another", subject: "/CN=another CA", in: scene.folder)
        for (issuer, sent) in [(namesake, namesake.certificate), (another, another.certificate)] {
            let leaf = try issuer.issue("clients/foreign")
            try scene.folder.write("clients/chain.pem", File.read(leaf.certificate) + File.read(sent))
            #expect(try SessionClient.visit(scene, chain: scene.folder("clients/chain.pem"), key: leaf.key) == ["550"])
        }
        let minted = try ClientCertificate("clients/minted", signedBy: issued, in: scene.folder)
        try scene.folder.write("clients/chain.pem", File.read(minted.certificate) + File.read(issued.certificate))
        #expect(try SessionClient.visit(scene, chain: scene.folder("clients/chain.pem"), key: minted.key) == ["550"])
        let own = try ClientCertificate(certificate: authority.certificate, key: authority.key)
        let answer = try scene.reply(to: own)
        #expect(answer == 550 || answer == nil)
        #expect(try scene.reply(to: nil) == 550)
        #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
        #expect(try scene.exim.client.replyToRecipient("postmaster@relay.example", showing: issued) == 250)
        #expect(try scene.exim.client.replyToRecipient("postmaster@relay.example", showing: minted) == 250)
    }

    @Test("on Debian the CA's clients relay, a self-signed one is queued, every attack answers 550", arguments: Form.all)
    func debian(form: Form) throws {
        try DebianScene.run(form.options) { scene in
            let before = try scene.configurationFiles()
            // The libraries order and escape the parts of a name differently.
            let name = form.hasOpenSSL ? Self.names[1] : Self.names[0]
            let authority = try CertificateAuthority("clients/ca", subject: name, in: scene.folder)
            let dry = try scene.trustctl("setup", "--trust", "ca", "--ca", authority.certificate, "--dry-run")
            #expect(dry.exitCode == 0 && dry.output.contains("TRUSTD_CA_NAME"), "\(dry)")
            #expect(try scene.configurationFiles() == before)

            let setup = try scene.trustctl("setup", "--trust", "ca", "--ca", authority.certificate, "--yes")
            try #require(setup.exitCode == 0 && setup.output.contains("trusts by ca"), "\(setup)")
            let daemon = try scene.startDaemon()
            try attack(scene, authority, name)

            let alice = try scene.makeClient("alice")
            #expect(try scene.reply(to: alice) == 550)
            try scene.operator.waitUntilPending(alice)
            #expect(try scene.operator.entries().first?.let_in_by == [])
            try scene.approve(alice)
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.operator.entries("approved").map(\.let_in_by) == [["fingerprint"]])
            let doctor = try scene.findings()
            #expect(doctor.isEmpty, "\(doctor)")
            try daemon.stop()

            let again = try scene.trustctl("setup", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("already"), "\(again)")
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.configurationFiles() == before)
            #expect(File.names(in: scene.folder("etc")) == ["trustd.conf"])
        }
    }

    private static let names = [
        "/CN=example relay CA 5f1e0c9a7b3d2e84", "/C=DE/O=Example, \"Quoted\" \\+ Sons $1 {x}/OU=Grüße/CN=CA \\\\ two",
    ]

    @Test("on one file the CA's clients relay whatever its name is, and another way takes its place", arguments: names)
    func oneFile(name: String) throws {
        try SetupOneFileTests.run({ scene in
            EximConfiguration().text(in: scene.folder, port: scene.exim.port)
                .replacing(".include \(scene.folder("etc/exim/one-file/main_fingerprints"))", with: "")
                .replacing(".include \(scene.folder("etc/exim/one-file/acl_fingerprints"))", with: "")
        }) { scene in
            let before = try scene.folder.read("exim.conf")
            // Its key may sign everything, handshakes too.
            let authority = try CertificateAuthority("clients/ca", subject: name, usage: "", in: scene.folder)
            let setup = try scene.trustctl("setup", "--trust", "ca", "--ca", authority.certificate, "--yes")
            try #require(setup.exitCode == 0, "\(setup)")
            try attack(scene, authority, name)
            // The CA is renewed with another key, and then another one takes its place.
            let old = try authority.issue("clients/old")
            #expect(try scene.reply(to: old) == 250)
            for (number, subject) in [name, "/CN=a new CA 0f1e2d3c4b5a6978"].enumerated() {
                let next = try CertificateAuthority("clients/ca\(number)", subject: subject, in: scene.folder)
                let replaced = try scene.trustctl("setup", "--ca", next.certificate, "--yes")
                try #require(replaced.exitCode == 0, "\(replaced)")
                #expect(File.names(in: scene.folder("etc/authority")).count == 1)
                #expect(try scene.reply(to: next.issue("clients/next")) == 250)
                // An Exim with GnuTLS reads the folder once more, without the old CA, within five seconds.
                try waitUntil("the old CA is forgotten") { try scene.reply(to: old) == 550 }
            }
            let other = try scene.trustctl("setup", "--trust", "fingerprint", "--yes")
            #expect(other.exitCode == 0, "\(other)")
            #expect(!File.exists(scene.folder("etc/revoked")) && File.names(in: scene.folder("etc/authority")).isEmpty)
            #expect(try scene.reply(to: authority.issue("clients/later")) == 550)
            #expect(try scene.trustctl("setup", "--remove", "--yes").exitCode == 0)
            #expect(try scene.folder.read("exim.conf") == before)
        }
    }

    @Test("what is not a CA's certificate, or not a sound one, is refused, and nothing changes")
    func badInput() throws {
        try DebianScene.run(Form.all[0].options) { scene in
            let before = try scene.configurationFiles()
            let authority = try CertificateAuthority("clients/ca", in: scene.folder)
            let leaf = try authority.issue("clients/leaf")
            let own = try scene.makeClient("own")
            let weak = try CertificateAuthority(
                "clients/weak", algorithm: ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"], in: scene.folder)
            let sha1 = try CertificateAuthority("clients/sha1", more: ["-days", "30", "-sha1"], in: scene.folder)
            let under = try CertificateAuthority(
                "clients/under", subject: "/CN=a CA below", more: ["-days", "30", "-CA", authority.certificate, "-CAkey", authority.key],
                in: scene.folder)
            try scene.folder.write("clients/two.pem", File.read(authority.certificate) + File.read(weak.certificate))
            try scene.folder.write("clients/none.pem", "nothing\n")
            for (file, words) in [
                (leaf.certificate, "not a CA's"), (own.certificate, "not a CA's"), (weak.certificate, "weak key"),
                (sha1.certificate, "weak signature"), (under.certificate, "not self-signed"), (scene.folder("clients/two.pem"), "2"),
                (scene.folder("clients/none.pem"), "certificate"), (authority.key, "private key"), (scene.folder("clients/no"), "no"),
            ] {
                let refused = try scene.trustctl("setup", "--trust", "ca", "--ca", file, "--yes")
                #expect(refused.exitCode == 65 && refused.errors.contains(words), "\(file): \(refused)")
            }
            #expect(try scene.trustctl("setup", "--trust", "ca", "--yes").exitCode == 64)
            #expect(try scene.trustctl("setup", "--trust", "directory", "--ca", authority.certificate, "--yes").exitCode == 64)
            #expect(try scene.configurationFiles() == before)
        }
    }
}

import Testing
import TrustCore
import TrustTestSupport

/// Who must not pass for a client of the CA, against the shipped rules on real Exims of both TLS libraries. Each test has a client of the CA
/// relay first, so that it is the attack that is refused.
@Suite("Attacks on trust by a CA")
struct AuthorityAttackTests {
    static let libraries = ["GnuTLS"] + (OpenSSLExim.obstacle == nil ? ["OpenSSL"] : [])

    private func relay(_ library: String, _ body: (RelayScene, ClientCertificate) throws -> Void) throws {
        var configuration = EximConfiguration()
        (configuration.rules, configuration.hasOpenSSL) = (.authority, library == "OpenSSL")
        try RelayScene.run(configuration) { scene in
            let client = try scene.authority.issue("clients/issued")
            try #require(try scene.reply(to: client) == 250, "\(scene.exim.logText)")
            try body(scene, client)
            #expect(try scene.reply(to: client) == 250)
        }
    }

    /// The answer to `leaf`, which sends these certificates along.
    private func visit(_ scene: RelayScene, _ leaf: ClientCertificate, sending chain: [String]) throws -> [String] {
        try scene.folder.write("clients/chain.pem", ([leaf.certificate] + chain).map { try File.read($0) }.joined())
        return try SessionClient.visit(scene, chain: scene.folder("clients/chain.pem"), key: leaf.key)
    }

    @Test("a leaf of another CA, which is sent along, is refused", arguments: libraries)
    func anotherAuthority(library: String) throws {
        try relay(library) { scene, _ in
            let another = try CertificateAuthority("clients/another", subject: "/CN=another CA", in: scene.folder)
            #expect(try visit(scene, another.issue("clients/leaf"), sending: [another.certificate]) == ["550"])
        }
    }

    @Test("a leaf of a CA with the same name, which is sent along, is refused", arguments: libraries)
    func namesake(library: String) throws {
        try relay(library) { scene, _ in
            let namesake = try CertificateAuthority("clients/namesake", subject: RelayScene.authorityName, in: scene.folder)
            let leaf = try namesake.issue("clients/leaf")
            #expect(try visit(scene, leaf, sending: [namesake.certificate]) == ["550"])
            #expect(try visit(scene, leaf, sending: [namesake.certificate, scene.authority.certificate]) == ["550"])
            #expect(try visit(scene, leaf, sending: []) == ["550"])
        }
    }

    @Test("a leaf that an approved or an issued leaf has signed is refused", arguments: libraries)
    func leafOfALeaf(library: String) throws {
        try relay(library) { scene, issued in
            let approved = try scene.makeClient("approved")
            let outcome = try scene.trustctl("approve", "--certificate", approved.certificate, "--yes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(try scene.reply(to: approved) == 250)
            for (number, signer) in [approved, issued].enumerated() {
                let minted = try ClientCertificate("clients/minted\(number)", signedBy: signer, in: scene.folder)
                #expect(try visit(scene, minted, sending: [signer.certificate, scene.authority.certificate]) == ["550"])
            }
            // One that calls itself a CA of the CA's name: pathlen:0 and CA:FALSE are both in the way.
            let between = try CertificateAuthority(
                "clients/between", subject: RelayScene.authorityName,
                more: ["-days", "30", "-CA", issued.certificate, "-CAkey", issued.key], in: scene.folder)
            let leaf = try between.issue("clients/below")
            #expect(try visit(scene, leaf, sending: [between.certificate, issued.certificate]) == ["550"])
        }
    }

    @Test("an expired leaf of the CA is refused", arguments: libraries)
    func expired(library: String) throws {
        try relay(library) { (scene, _) throws in
            #expect(try scene.reply(to: scene.authority.issue("clients/ended", days: 0)) == 550)
        }
    }

    @Test("a leaf in revoked/ is refused in a session that was open before, and nobody else is", arguments: libraries)
    func revoked(library: String) throws {
        try relay(library) { scene, _ in
            let thief = try scene.authority.issue("clients/thief")
            let session = try HeldSession(port: scene.exim.port, from: "127.0.0.2", showing: thief)
            try session.answers("250", to: "MAIL FROM:<alice@client.example>")
            try session.answers("250 Accepted", to: "RCPT TO:<bob@remote.example>")
            let revoked = try scene.trustctl("revoke", "\(thief.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            try session.answers("550 relay not permitted", to: "RCPT TO:<bob@remote.example>")
            #expect(try scene.reply(to: thief) == 550)
        }
    }

    @Test("without revoked/ the CA's clients are deferred, everybody else is answered as before", arguments: libraries)
    func noFolder(library: String) throws {
        try relay(library) { scene, client in
            try ProgramRun.run("mv", [scene.folder("etc/revoked"), scene.folder("etc/moved")])
            #expect(try scene.reply(to: client) == 451)
            let stranger = try scene.makeClient("stranger")
            #expect(try scene.reply(to: stranger) == 550 && scene.reply(to: nil) == 550)
            #expect(try scene.exim.client.replyToRecipient("postmaster@relay.example", showing: stranger) == 250)
            try ProgramRun.run("mv", [scene.folder("etc/moved"), scene.folder("etc/revoked")])
        }
    }

    /// Its key may not sign handshakes: GnuTLS ends TLS, OpenSSL answers.
    @Test("the CA's own certificate as a client's is refused", arguments: libraries)
    func ownCertificate(library: String) throws {
        try relay(library) { scene, _ in
            let own = try ClientCertificate(certificate: scene.authority.certificate, key: scene.authority.key)
            #expect(try scene.reply(to: own) == (library == "OpenSSL" ? 550 : nil))
        }
    }

    @Test("no certificate is refused", arguments: libraries)
    func noCertificate(library: String) throws {
        try relay(library) { (scene, _) throws in #expect(try scene.reply(to: nil) == 550) }
    }

    @Test("plaintext is refused", arguments: libraries)
    func plaintext(library: String) throws {
        try relay(library) { (scene, _) throws in
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
        }
    }

    /// An Exim with OpenSSL verifies against the system's CAs too, and only the issuer's name keeps their clients out. Without the condition
    /// they relay, and the doctor says so.
    @Test("a leaf of a CA in the system's store is refused; the doctor finds rules that let it in", arguments: libraries)
    func systemsStore(library: String) throws {
        var options = DebianScene.Options()
        (options.isBare, options.hasOpenSSL) = (true, library == "OpenSSL")
        try DebianScene.run(options) { scene in
            let authority = try CertificateAuthority("clients/ca", in: scene.folder)
            let publicCA = try CertificateAuthority("clients/public", subject: "/CN=a public CA", in: scene.folder)
            try scene.folder.makeFolder("store")
            try publicCA.install(in: scene.folder("store"))
            #expect(try scene.command("mount", "--bind", scene.folder("store"), "/etc/ssl/certs").exitCode == 0)
            let setup = try scene.trustctl("setup", "--trust", "ca", "--ca", authority.certificate, "--yes")
            try #require(setup.exitCode == 0, "\(setup)")
            let leaf = try publicCA.issue("clients/leaf")
            // As an Exim with OpenSSL sees it.
            let verified = try scene.command("openssl", "verify", "-purpose", "sslclient", leaf.certificate)
            #expect(verified.output.hasSuffix(": OK\n"), "\(verified)")
            #expect(try scene.reply(to: leaf) == 550)
            #expect(try scene.reply(to: authority.issue("clients/issued")) == 250)
            let before = try scene.findings().map(\.id).filter { $0.hasPrefix("ca-") }
            #expect(before.isEmpty)

            let macros = scene.folder("etc/exim/debian/macros_ca")
            let condition = "    {eq{${certextract{issuer}{$tls_in_peercert}}}{TRUSTD_CA_NAME}}\\\n"
            let rules = try File.read(macros)
            #expect(rules.contains(condition))
            try File.write(macros, rules.replacing(condition, with: ""))
            try scene.update()
            try scene.exim.reload()
            #expect(try scene.reply(to: leaf) == (library == "OpenSSL" ? 250 : 550))
            // Whatever the library: in the rehearsal the other CA stands in the CA's own folder.
            let findings = try scene.findings()
            #expect(findings.map(\.id).contains("ca-not-guarded"), "\(findings)")
        }
    }
}

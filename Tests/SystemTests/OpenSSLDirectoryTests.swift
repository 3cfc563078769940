import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// Trust by directory on a real Exim that was built with OpenSSL.
@Suite("The trust directory of an Exim with OpenSSL", .skipped(by: OpenSSLExim.obstacle))
struct OpenSSLDirectoryTests {
    static func run(_ rules: EximConfiguration.Rules = .certificates, _ body: (RelayScene) throws -> Void) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        configuration.hasOpenSSL = true
        try RelayScene.run(configuration, body)
    }

    /// Whether Exim relays for a client that is in the list.
    private static func relays(_ client: ClientCertificate, _ scene: RelayScene) throws -> Bool { try scene.reply(to: client) == 250 }

    private static func ids(_ scene: RelayScene) throws -> Set<String> { Set(try scene.findings().map(\.id)) }

    @Test(
        "approve refuses a certificate that can never verify, says why, and changes nothing",
        arguments: [
            (ClientCertificate.Kind.serverOnly, "TLS client"), (.criticalExtension, "unhandled critical extension"),
            (.weakKey, "RSA 1024"), (.reversed, "ends before it begins"),
            (.noSignature, "TLS client"),
        ])
    func never(kind: ClientCertificate.Kind, words: String) throws {
        try Self.run { scene in
            let client = try ClientCertificate("clients/alice", kind, in: scene.folder)
            let before = scene.settingsFolder
            for more in [[], ["--dry-run"]] {
                let refused = try scene.operator.start(["approve", "--certificate", client.certificate, "--yes"] + more).wait()
                #expect(refused.exitCode == 65 && refused.errors.contains("refused: ") && refused.errors.contains(words), "\(refused)")
                #expect(refused.errors.contains("hint: ") && !refused.output.contains("done:"), "\(refused)")
            }
            #expect(scene.settingsFolder == before && !scene.listText.contains("\(client.fingerprint)"))
            // What it says is true.
            try scene.folder.write("etc/certs/alice.pem", File.read(client.certificate))
            try ProgramRun.run("openssl", ["rehash", scene.folder("etc/certs")])
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(client.fingerprint)\n")
            try scene.exim.reload()
            #expect(try !Self.relays(client, scene))
        }
    }

    @Test("approve refuses a certificate from the queue like one from a file")
    func queued() throws {
        try Self.run { scene in
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            let client = try ClientCertificate("clients/alice", .serverOnly, in: scene.folder)
            #expect(try scene.reply(to: client) == 550)
            try scene.operator.waitUntilPending(client)
            let refused = try scene.trustctl("approve", "\(client.fingerprint)", "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("can never relay"), "\(refused)")
            #expect(try scene.operator.entries().map(\.fingerprint) == ["\(client.fingerprint)"])
        }
    }

    @Test("approve takes a private authority's certificate only with the authority in the directory")
    func issued() throws {
        try Self.run { scene in
            let authority = try ClientCertificate("clients/authority", .authority, in: scene.folder)
            let alice = try ClientCertificate("clients/alice", signedBy: authority, in: scene.folder)
            let refused = try scene.trustctl("approve", "--certificate", alice.certificate, "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("was issued by “CN=authority”"), "\(refused)")
            #expect(refused.errors.contains("trustctl client new"), "\(refused)")
            #expect(try scene.trustctl("approve", "--certificate", authority.certificate, "--yes").exitCode == 0)
            let approved = try scene.trustctl("approve", "--certificate", alice.certificate, "--yes")
            #expect(approved.exitCode == 0 && !approved.errors.contains("was issued by"), "\(approved)")
            #expect(try Self.relays(alice, scene))
        }
    }

    @Test("approve warns of what verifies later: not yet valid, or shadowed by the same subject")
    func later() throws {
        try Self.run { scene in
            let future = try ClientCertificate("clients/future", .notYetValid, in: scene.folder)
            let approved = try scene.trustctl("approve", "--certificate", future.certificate, "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(approved.errors.contains("warning: \(future.fingerprint): it is not valid before"), "\(approved)")

            let past = try ClientCertificate("clients/past", .expired, in: scene.folder)
            let late = try scene.trustctl("approve", "--certificate", past.certificate, "--yes")
            #expect(late.exitCode == 0 && late.errors.contains("warning: \(past.fingerprint): it expired at"), "\(late)")

            let old = try ClientCertificate("clients/alice", in: scene.folder)
            try scene.folder.makeFolder("clients/two")
            let new = try ClientCertificate("clients/two/alice", in: scene.folder)
            #expect(try scene.trustctl("approve", "--certificate", old.certificate, "--label", "alice", "--yes").exitCode == 0)
            let both = try scene.trustctl("approve", "--certificate", new.certificate, "--label", "new", "--yes", "--json")
            #expect(both.exitCode == 0, "\(both)")
            #expect(both.errors.contains("warning: \(new.fingerprint) cannot relay yet: OpenSSL finds alice"), "\(both)")
            #expect(both.errors.contains("`trustctl revoke \(old.fingerprint) --only`"), "\(both)")
            #expect(both.output.contains("cannot relay yet"), "\(both)")
            #expect(try Self.relays(old, scene) && !Self.relays(new, scene))
            let finding = try scene.finding("approved-not-verified")
            #expect(finding.severity == "error" && finding.problem.contains("of new") && finding.problem.contains("alice"), "\(finding)")
            #expect(finding.quoted[0] == "trustctl revoke \(old.fingerprint) --only")
            #expect(try scene.trustctl("revoke", "alice", "--yes").exitCode == 0)
            #expect(try Self.relays(new, scene))
            #expect(try !Self.ids(scene).contains("approved-not-verified"))
        }
    }

    @Test("a renewed certificate of the same subject or key verifies beside the old one", arguments: [false, true])
    func renewal(sameKey: Bool) throws {
        try Self.run { scene in
            let folder = scene.folder("clients/mine")
            func client(_ words: String...) throws -> ProgramRun.Outcome {
                try ProgramRun.run(BuiltPrograms.trustctl, ["client"] + words + ["--dir", folder, "--config", scene.operator.settings])
            }
            #expect(try client("new", "--name", "laptop").exitCode == 0)
            let renewed = sameKey ? try client("renew", "--same-key") : try client("renew")
            #expect(renewed.exitCode == 16, "\(renewed)")
            for file in ["client.pem", "next/client.pem"] {
                let approved = try scene.trustctl("approve", "--certificate", "\(folder)/\(file)", "--yes")
                #expect(approved.exitCode == 0 && !approved.errors.contains("cannot"), "\(approved)")
            }
            for place in [folder, folder + "/next"] {
                let one = try ClientCertificate(certificate: place + "/client.pem", key: place + "/client.key")
                #expect(try Self.relays(one, scene), "\(scene.exim.logText)")
            }
            #expect(try !Self.ids(scene).contains("approved-not-verified"))
        }
    }

    @Test(
        "the doctor finds each damage to the hash links, and approve of what is approved repairs it",
        arguments: [
            ("rm HASH.0", "has no hash link"), ("mv HASH.0 HASH.1", "because HASH.0 is missing"),
            ("mv HASH.0 HASH.1 && ln -s nowhere.pem HASH.0", "because HASH.0 leads to no certificate"),
            ("mv HASH.0 HASH.0x", "has no hash link"), ("mv HASH.0 HASH.00", "has no hash link"),
            ("ln -sf nowhere.pem HASH.0", "no hash link"), ("rm HASH.0 FILE", ""), ("echo hello >FILE", ""),
            ("rm FILE && ln -s nowhere.pem FILE", ""),
        ])
    func links(damage: String, words: String) throws {
        try Self.run { scene in
            let alice = try ClientCertificate("clients/alice", in: scene.folder)
            #expect(try scene.trustctl("approve", "--certificate", alice.certificate, "--yes").exitCode == 0)
            let folder = scene.folder("etc/certs")
            let hash = String(try #require(File.names(in: folder).first { $0.hasSuffix(".0") }).dropLast(2))
            func filled(_ text: String) -> String {
                text.replacing("HASH", with: hash).replacing("FILE", with: "\(alice.fingerprint).pem")
            }
            try ProgramRun.run("sh", ["-c", "cd '\(folder)' && \(filled(damage))"])
            #expect(try !Self.relays(alice, scene))
            let finding = try scene.finding(words.isEmpty ? "approved-not-installed" : "hash-link-missing")
            #expect(finding.severity == "error" && finding.problem.contains(filled(words)), "\(finding)")
            #expect(finding.quoted == ["trustctl approve \(alice.fingerprint)"])
            let repaired = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(repaired.exitCode == 0 && repaired.text.contains("done: approve \(alice.fingerprint)"), "\(repaired)")
            #expect(try Self.relays(alice, scene))
            #expect(try Self.ids(scene).isDisjoint(with: ["hash-link-missing", "approved-not-installed", "approved-not-verified"]))
            let again = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("nothing to do"), "\(again)")
            // Taking a repair back damages nothing.
            let undone = try scene.trustctl("undo", "2", "--yes")
            #expect(undone.exitCode == 0, "\(undone)")
            #expect(try Self.relays(alice, scene))
        }
    }

    @Test("the doctor finds certificates that OpenSSL does not verify, whoever put them there")
    func installed() throws {
        try Self.run(.published) { scene in
            let client = try ClientCertificate("clients/alice", .serverOnly, in: scene.folder)
            try scene.folder.write("etc/certs/\(client.fingerprint).pem", File.read(client.certificate))
            try ProgramRun.run("openssl", ["rehash", scene.folder("etc/certs")])
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(client.fingerprint)\n")
            let finding = try scene.finding("approved-not-verified")
            #expect(finding.severity == "error" && finding.problem.contains("unsuitable certificate purpose"), "\(finding)")
            #expect(try scene.finding("resumed-dates-not-checked").severity == "warning")
            try scene.edit("tls_advertise_hosts = *", "tls_advertise_hosts = *\ntls_resumption_hosts = *")
            #expect(try scene.finding("resumed-dates-not-checked").severity == "error")
        }
    }

    @Test("a file that somebody put there without a link gets one of ours, and revoke leaves it alone")
    func byHand() throws {
        try Self.run { scene in
            let alice = try ClientCertificate("clients/alice", in: scene.folder)
            try scene.folder.write("etc/certs/alice.pem", File.read(alice.certificate))
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try Self.relays(alice, scene))
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(File.names(in: scene.folder("etc/certs")) == ["alice.pem"])
        }
    }
}

import Glibc
import Testing
import TrustTestSupport

/// The trust directory, and the certificates in it.
@Suite("trustctl doctor: the trust directory")
struct DoctorDirectoryTests {
    /// Findings about the published recipe, and about our rules for certificates, in every state.
    private static let known: Set<String> = ["enrolment-by-hand", "ordinary-mail-logged", "resumed-dates-not-checked"]

    private func relay(_ rules: EximConfiguration.Rules = .certificates, _ body: (RelayScene) throws -> Void) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        try RelayScene.well(configuration) { scene in
            try scene.waitUntilWell(but: Self.known)
            try body(scene)
        }
    }

    private func approve(_ scene: RelayScene, _ name: String, _ kind: ClientCertificate.Kind = .leaf) throws -> ClientCertificate {
        let client = try ClientCertificate("clients/\(name)", kind, in: scene.folder)
        let outcome = try scene.trustctl("approve", "--certificate", client.certificate, "--label", name, "--yes")
        try #require(outcome.exitCode == 0, "\(outcome)")
        return client
    }

    @Test("the published recipe works, and the doctor only warns about what it logs")
    func published() throws {
        try relay(.published) { scene in
            let findings = try scene.findings()
            #expect(Set(findings.map(\.id)) == Self.known)
            #expect(findings.allSatisfy { $0.severity != "error" })
        }
    }

    @Test("the doctor finds an approved certificate that is not installed; approving installs it")
    func notInstalled() throws {
        try relay { scene in
            let alice = try approve(scene, "alice")
            try scene.waitUntilWell(but: Self.known)
            for name in File.names(in: scene.folder("etc/certs")) { unlink(scene.folder("etc/certs/\(name)")) }
            try scene.exim.reload()
            let finding = try scene.finding("approved-not-installed")
            #expect(finding.severity == "error")
            #expect(try scene.reply(to: alice) == 550)
            try scene.apply(finding)
            try scene.waitUntilWell(but: Self.known)
            #expect(try scene.reply(to: alice) == 250)
        }
    }

    @Test("the doctor finds a trust directory and a certificate that Exim's user cannot read")
    func unreadable() throws {
        try relay { scene in
            let alice = try approve(scene, "alice")
            chmod(scene.folder("etc/certs/\(alice.fingerprint).pem"), 0o600)
            try scene.apply(scene.finding("directory-unreadable"))
            try scene.waitUntilWell(but: Self.known)
            chmod(scene.folder("etc/certs"), 0o700)
            try scene.apply(scene.finding("directory-unreadable"))
            try scene.waitUntilWell(but: Self.known)
        }
    }

    @Test("the doctor finds a certificate that nobody approved, and an authority's")
    func strays() throws {
        try relay { scene in
            let stray = try ClientCertificate("clients/stray", .expired, in: scene.folder)
            try scene.folder.write("etc/certs/stray.pem", File.read(stray.certificate))
            let finding = try scene.finding("never-approved")
            #expect(finding.problem.hasSuffix("and it has expired"))
            #expect(finding.quoted[0] == "rm \(scene.folder("etc/certs/stray.pem"))")
            unlink(scene.folder("etc/certs/stray.pem"))
            try scene.exim.reload()
            try scene.waitUntilWell(but: Self.known)

            let old = try approve(scene, "old", .authority)
            let authority = try scene.finding("authority-in-directory")
            #expect(authority.quoted.last == "trustctl revoke \(old.fingerprint) --only")
            #expect(try scene.trustctl("revoke", "\(old.fingerprint)", "--yes").exitCode == 0)
            try scene.waitUntilWell(but: Self.known)
        }
    }

    @Test("the doctor finds system authorities as trust directory, and a wrong directory")
    func others() throws {
        var configuration = EximConfiguration()
        configuration.rules = .published
        try RelayScene.well(configuration) { scene in
            let option = "tls_verify_certificates = \(scene.folder("etc/certs"))"
            try scene.edit(option, "tls_verify_certificates = /etc/ssl/certs")
            let system = try scene.finding("system-authorities")
            #expect(system.quoted.contains("\(option)/"))
            #expect(Set(try scene.findings().map(\.id)).isSubset(of: Self.known.union(["system-authorities", "other-directory"])))
            try scene.edit("tls_verify_certificates = /etc/ssl/certs", option)
            try scene.waitUntilWell(but: Self.known)

            try scene.folder.makeFolder("elsewhere")
            try scene.edit(option, "tls_verify_certificates = ${if eq{a}{a}{\(scene.folder("elsewhere"))}}")
            let other = try scene.finding("other-directory")
            #expect(other.quoted[0] == "certificates = \(scene.folder("elsewhere"))")
            #expect(try scene.finding("directory-not-kept").severity == "error")
            try scene.edit(
                "tls_verify_certificates = ${if eq{a}{a}{\(scene.folder("elsewhere"))}}",
                "tls_verify_certificates = \(scene.folder("elsewhere"))")
            try scene.writeSettings(other.quoted[0])
            try scene.waitUntilWell(but: Self.known)
        }
    }

    @Test("the doctor finds approved certificates that have expired or expire within 30 days")
    func dates() throws {
        try RelayScene.well { scene in
            let kinds: [(String, ClientCertificate.Kind, String)] = [
                ("gone", .expired, "approved-expired"), ("soon", .expiring, "approved-expires"),
                ("later", .notYetValid, "approved-not-yet-valid"),
            ]
            for (name, kind, id) in kinds {
                let client = try approve(scene, name, kind)
                let finding = try scene.finding(id)
                #expect(finding.problem.contains("certificate of \(name) is approved"))
                #expect(finding.quoted == ["trustctl revoke \(client.fingerprint) --only"])
                try scene.apply(finding)
                #expect(try scene.findings().isEmpty)
            }
        }
    }

    @Test("the doctor finds an approved certificate that ends before it begins, which approve refuses")
    func reversed() throws {
        try RelayScene.well { scene in
            let client = try ClientCertificate("clients/odd", .reversed, in: scene.folder)
            let refused = try scene.trustctl("approve", "--certificate", client.certificate, "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("ends before it begins"), "\(refused)")
            // The attack: the ACL takes it for one that ends after 2106.
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(client.fingerprint)\n")
            try scene.folder.write("etc/certs/odd.pem", File.read(client.certificate))
            try scene.exim.reload()
            #expect(try scene.reply(to: client) == 250)
            let finding = try scene.finding("approved-never-valid")
            #expect(finding.severity == "error" && finding.quoted == ["trustctl revoke \(client.fingerprint)"])
        }
    }

    @Test("the doctor notes what OpenSSL would refuse, and approve repairs damaged links")
    func otherLibrary() throws {
        try relay { scene in
            let authority = try ClientCertificate("clients/authority", .authority, in: scene.folder)
            let alice = try ClientCertificate("clients/alice", signedBy: authority, in: scene.folder)
            let server = try ClientCertificate("clients/server", .serverOnly, in: scene.folder)
            for (client, words) in [(alice, "was issued by"), (server, "TLS client")] {
                let approved = try scene.trustctl("approve", "--certificate", client.certificate, "--yes")
                #expect(approved.exitCode == 0 && approved.errors.contains(words), "\(approved)")
                #expect(approved.errors.contains("warning: \(client.fingerprint): this Exim takes it"), "\(approved)")
                #expect(try scene.reply(to: client) == 250)
            }
            #expect(try scene.finding("approved-not-verified").severity == "note")
            let mute = try ClientCertificate("clients/mute", .noSignature, in: scene.folder)
            let refused = try scene.trustctl("approve", "--certificate", mute.certificate, "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("digitalSignature"), "\(refused)")
            #expect((try? scene.reply(to: mute)) != 250)
            for client in [alice, server] { #expect(try scene.trustctl("revoke", "\(client.fingerprint)", "--yes").exitCode == 0) }

            let bob = try approve(scene, "bob")
            let link = try #require(File.names(in: scene.folder("etc/certs")).first { $0.hasSuffix(".0") })
            unlink(scene.folder("etc/certs/\(link)"))
            let finding = try scene.finding("hash-link-missing")
            #expect(finding.severity == "note")
            try scene.apply(finding)
            #expect(File.exists(scene.folder("etc/certs/\(link)")))
            try scene.waitUntilWell(but: Self.known)
            #expect(try scene.reply(to: bob) == 250)
        }
    }

    @Test("without mounts, the doctor says that it has not tried the trust directory")
    func noMount() throws {
        var configuration = EximConfiguration()
        configuration.rules = .certificates
        try RelayScene.well(configuration) { scene in
            let outcome = try ProgramRun.run(
                "setpriv",
                [
                    "--inh-caps=-sys_admin", "--bounding-set=-sys_admin", "--", BuiltPrograms.trustctl, "doctor", "--config",
                    scene.operator.settings,
                ])
            #expect(outcome.exitCode == 0)
            #expect(outcome.output.contains("[directory-not-tried]"), "\(outcome)")
            try scene.waitUntilWell(but: Self.known)
        }
    }
}

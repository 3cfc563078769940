import Testing
import TrustTestSupport

/// The way of the published recipe: Exim trusts a certificate that is in the list AND in the trust directory. One command does both.
@Suite("The trust directory")
struct TrustDirectoryTests {
    /// The recipe as published, a trust directory in the scene, and a client whose certificate is not in it.
    static func run(_ kind: ClientCertificate.Kind = .leaf, _ body: (RelayScene, ClientCertificate) throws -> Void) throws {
        var configuration = EximConfiguration()
        configuration.rules = .published
        try RelayScene.run(configuration) { scene in
            try body(scene, ClientCertificate("clients/alice", kind, in: scene.folder))
        }
    }

    static func files(_ scene: RelayScene) -> [String] { File.names(in: scene.folder("etc/certs")).sorted() }

    @Test("approve installs the certificate with its link, revoke removes both, undo restores them")
    func whole() throws {
        try Self.run { scene, alice in
            #expect(try scene.reply(to: alice) == 550)
            let before = scene.exim.logText.components(of: "SIGHUP received")
            let approved = try scene.trustctl("approve", "--certificate", alice.certificate, "--label", "alice", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(scene.exim.logText.components(of: "SIGHUP received") == before + 1)
            #expect(Self.files(scene).count == 2 && Self.files(scene).contains("\(alice.fingerprint).pem"))
            // Exim built with OpenSSL finds the certificate only by the link.
            let verified = try ProgramRun.run("openssl", ["verify", "-CApath", scene.folder("etc/certs"), alice.certificate])
            #expect(verified.exitCode == 0, "\(verified)")

            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(Self.files(scene).isEmpty)

            let undone = try scene.trustctl("undo", "2", "--yes")
            #expect(undone.exitCode == 0, "\(undone)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(Self.files(scene).count == 2)
            let denied = try scene.trustctl("deny", "\(alice.fingerprint)", "--yes")
            #expect(denied.exitCode == 0 && Self.files(scene).isEmpty, "\(denied)")
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("of two certificates with the same subject, the second stays found if the first is removed") func oneName() throws {
        try Self.run { scene, alice in
            try scene.folder.makeFolder("clients/two")
            let second = try ClientCertificate("clients/two/alice", in: scene.folder)
            for client in [alice, second] {
                let approved = try scene.trustctl("approve", "--certificate", client.certificate, "--yes")
                #expect(approved.exitCode == 0, "\(approved)")
            }
            #expect(Self.files(scene).count == 4)
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: second) == 250)
            let verified = try ProgramRun.run("openssl", ["verify", "-CApath", scene.folder("etc/certs"), second.certificate])
            #expect(
                verified.exitCode == 0 && Self.files(scene).contains { $0.hasSuffix(".0") } && Self.files(scene).count == 2, "\(verified)")
        }
    }

    @Test("approving again with the certificate installs it, and the client relays") func later() throws {
        try Self.run { scene, alice in
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--certificate", alice.certificate, "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            let again = try scene.trustctl("approve", "\(alice.fingerprint)", "--certificate", alice.certificate, "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("done: nothing to do: already approved"), "\(again)")
        }
    }

    @Test("revoke leaves a certificate file that a person installed") func byHand() throws {
        try Self.run { scene, alice in
            try scene.folder.write("etc/certs/alice.pem", File.read(alice.certificate))
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 250)
            #expect(Self.files(scene) == ["alice.pem"])
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            #expect(Self.files(scene) == ["alice.pem"])
        }
    }

    @Test("a CA certificate is installed with a warning about what its holder can issue") func authority() throws {
        try Self.run(.authority) { scene, alice in
            let approved = try scene.trustctl("approve", "--certificate", alice.certificate, "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            let card = try scene.trustctl("show", "\(alice.fingerprint)")
            #expect(card.output.contains("CA:TRUE: its holder can issue further certificates"), "\(card)")
            // A certificate that it issues verifies, but does not relay.
            let minted = try ClientCertificate("clients/minted", signedBy: alice, in: scene.folder)
            #expect(try scene.reply(to: minted) == 550)
        }
    }

    @Test("the attack: a file with a private key is refused and never copied") func privateKey() throws {
        try Self.run { scene, alice in
            let both = scene.folder("clients/both.pem")
            try File.write(both, File.read(alice.certificate) + File.read(alice.key))
            let refused = try scene.trustctl("approve", "--certificate", both, "--yes")
            #expect(refused.exitCode == 65, "\(refused)")
            #expect(Self.files(scene).isEmpty)
        }
    }

    @Test("if Exim uses another directory than trustd.conf, approve says so and installs nothing") func otherDirectory() throws {
        try Self.run { scene, alice in
            try scene.folder.makeFolder("etc/mine")
            try scene.writeSettings("certificates = \(scene.folder("etc/mine"))")
            let approved = try scene.trustctl("approve", "--certificate", alice.certificate, "--yes")
            #expect(approved.exitCode == 0 && approved.errors.contains("certificates = \(scene.folder("etc/certs"))"), "\(approved)")
            #expect(Self.files(scene).isEmpty && File.names(in: scene.folder("etc/mine")).isEmpty)
        }
    }

    @Test("with trust by fingerprint nothing is installed") func fingerprintAlone() throws {
        var configuration = EximConfiguration()
        configuration.rules = .fingerprints
        try RelayScene.run(configuration) { scene in
            let alice = try ClientCertificate("clients/alice", in: scene.folder)
            let approved = try scene.trustctl("approve", "--certificate", alice.certificate, "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(Self.files(scene).isEmpty)
        }
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}

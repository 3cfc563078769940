import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// `trustctl setup` where Exim's configuration is one file that the administrator wrote.
@Suite("Setup on a configuration in one file")
struct SetupOneFileTests {
    /// Exim's own default configuration, as upstream ships it and Red Hat and FreeBSD install it.
    static let shippedDefault = "/usr/share/doc/exim4-base/examples/example.conf"

    /// A relay with this text as its configuration, and without our files.
    static func run(_ text: (RelayScene) throws -> String, _ body: (RelayScene) throws -> Void) throws {
        try RelayScene.run { scene in
            for path in ["etc/exim", "etc/certs", "etc/relay_from_certs"] { try ProgramRun.run("rm", ["-r", scene.folder(path)]) }
            try scene.folder.write("exim.conf", text(scene))
            try scene.exim.reload()
            try body(scene)
        }
    }

    /// The lines that put all files into the scene's folder.
    static func privateLines(_ scene: RelayScene) -> String {
        """
        exim_path = \(PrivateExim.binary)
        \(PrivateExim.ownLines(in: "\(scene.folder.path)", port: scene.exim.port))
        tls_certificate = \(scene.folder("server.pem"))
        tls_privatekey = \(scene.folder("server.key"))

        """
    }

    static func client(_ scene: RelayScene) -> RelayClient {
        var client = scene.exim.client
        // Exim's default verifies senders, and no server answers for client.example here.
        client.sender = "<>"
        return client
    }

    @Test(
        "setup makes two short insertions into Exim's own default, and a new client relays",
        .skipped(by: File.exists(shippedDefault) ? nil : "\(shippedDefault) is missing: dpkg may be set to leave documentation out"))
    func ownDefault() throws {
        try Self.run({ scene in
            Self.privateLines(scene) + (try File.read(Self.shippedDefault)).replacing("host_lookup = *", with: "host_lookup =")
        }) { scene in
            let before = try scene.folder.read("exim.conf")
            let dry = try scene.trustctl("setup", "--dry-run")
            #expect(dry.exitCode == 0, "\(dry)")
            #expect(dry.output.split(separator: "\n").count { $0.hasPrefix("+") && !$0.hasPrefix("+++") } > 5)
            #expect(try scene.folder.read("exim.conf") == before)

            let setup = try scene.trustctl("setup", "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            let daemon = try scene.startDaemon()
            let alice = try ClientCertificate("clients/alice", in: scene.folder)
            let client = Self.client(scene)
            #expect(try client.replyToRecipient(showing: alice) == 550)
            try scene.operator.waitUntilPending(alice)
            try scene.approve(alice)
            #expect(try client.replyToRecipient(showing: alice) == 250)
            #expect(try client.replyToRecipient(showing: nil) == 550)
            try daemon.stop()

            let again = try scene.trustctl("setup", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("already"), "\(again)")

            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(removed.errors.contains("relay_from_certs stays"), "\(removed)")
            #expect(try scene.folder.read("exim.conf") == before)
            #expect(File.exists(scene.folder("etc/relay_from_certs")))
            #expect(try client.replyToRecipient(showing: alice) == 550)
        }
    }

    @Test("setup adopts the published recipe: Exim's configuration, hashes and directory stay", arguments: [true, false])
    func recipe(included: Bool) throws {
        var configuration = EximConfiguration()
        configuration.rules = .published
        configuration.list = included ? .included : .inside
        try RelayScene.run(configuration) { scene in
            let alice = try scene.makeClient("alice")
            configuration.hashes = "\(alice.fingerprint)"
            try scene.writeConfiguration(configuration)
            try scene.exim.reload()
            if included {
                // Setup must find the list here, not where trustd.conf's default says.
                try scene.folder.write("etc/hashes", scene.folder.read("etc/relay_from_certs"))
                try ProgramRun.run("rm", [scene.folder("etc/relay_from_certs")])
                try scene.folder.write("exim.conf", scene.folder.read("exim.conf").replacing("etc/relay_from_certs", with: "etc/hashes"))
                try scene.exim.reload()
            }
            let settings = try scene.folder.read("etc/trustd.conf").split(separator: "\n")
                .filter { !$0.hasPrefix("list") && !$0.hasPrefix("certificates") }.joined(separator: "\n")
            try scene.folder.write("etc/trustd.conf", settings)
            let before = try scene.folder.read("exim.conf")

            let setup = try scene.trustctl("setup", "--yes")
            #expect(setup.exitCode == 0 && setup.errors.contains("exim logs only certificates that verify"), "\(setup)")
            #expect(try scene.folder.read("exim.conf") == before)
            let list = included ? scene.folder("etc/hashes") : scene.folder("exim.conf")
            #expect(
                try scene.folder.read("etc/trustd.conf")
                    == settings + "\n# Found by `trustctl setup`:\nlist = \(list)\ncertificates = \(scene.folder("etc/certs"))\n")
            #expect(try scene.operator.entries("approved").map(\.fingerprint) == ["\(alice.fingerprint)"])
            let bob = try scene.makeClient("bob")
            #expect(try scene.reply(to: bob) == 550)
            try scene.approve(bob)
            #expect(try scene.reply(to: bob) == 250)
            #expect(try scene.reply(to: alice) == 250)

            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.folder.read("etc/trustd.conf") == settings)
            #expect(try scene.reply(to: bob) == 250)
        }
    }

    @Test("setup keeps options that are set, and adds only what is missing")
    func partial() throws {
        try Self.run({ scene in
            try scene.folder.makeFolder("own")
            return EximConfiguration().text(in: scene.folder, port: scene.exim.port)
                .replacing(
                    ".include \(scene.folder("etc/exim/one-file/main_fingerprints"))",
                    with: "tls_verify_certificates = \(scene.folder("own"))\ntls_try_verify_hosts = *"
                )
                .replacing(".include \(scene.folder("etc/exim/one-file/acl_fingerprints"))", with: "")
        }) { scene in
            try scene.writeSettings("certificates = \(scene.folder("own"))\n")
            let setup = try scene.trustctl("setup", "--trust", "directory", "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            #expect(try scene.folder.read("exim.conf").ranges(of: "tls_verify_certificates =").count == 1)
            let daemon = try scene.startDaemon()
            let alice = try ClientCertificate("clients/alice", in: scene.folder)
            #expect(try scene.reply(to: alice) == 550)
            try scene.operator.waitUntilPending(alice)
            try scene.approve(alice)
            #expect(File.names(in: scene.folder("own")).contains("\(alice.fingerprint).pem"))
            #expect(try scene.reply(to: alice) == 250)
            try daemon.stop()
        }
    }
}

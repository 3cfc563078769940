import Testing
import TrustCore
import TrustTestSupport

/// Attacks by clients on a relay that `trustctl setup` has made.
@Suite("A relay made by setup, under attack")
struct SetupAttackTests {
    private static let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"

    /// A session in Python: it sends the certificates of a chain as the file has them, in their order.
    private static func replies(_ scene: some TrustScene, chain: String, key: String, to recipients: [String]) throws -> [String] {
        let script = """
            import smtplib, ssl, sys
            context = ssl._create_unverified_context()
            context.load_cert_chain(sys.argv[2], sys.argv[3])
            client = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), source_address=('127.0.0.2', 0), timeout=60)
            client.starttls(context=context)
            client.ehlo('client.example')
            client.mail('')
            for recipient in sys.argv[4:]: print(client.rcpt(recipient)[0])
            """
        let outcome = try ProgramRun.run("python3", ["-c", script, "\(scene.exim.port)", chain, key] + recipients)
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        return outcome.output.split(separator: "\n").map(String.init)
    }

    @Test(
        "the attack: a borrowed chain, an expired and a missing certificate do not relay",
        arguments: ["fingerprint", "directory"])
    func attacks(trust: String) throws {
        var options = DebianScene.Options()
        options.isBare = true
        try DebianScene.run(options) { scene in
            let setup = try scene.trustctl("setup", "--trust", trust, "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            let alice = try scene.makeClient("alice")
            let old = try scene.makeClient("old", .expired)
            let mallory = try scene.makeClient("mallory")
            for client in [alice, old] {
                let approved = try scene.trustctl(
                    "approve", "\(client.fingerprint)", "--certificate", client.certificate, "--yes")
                #expect(approved.exitCode == 0, "\(approved)")
            }
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.reply(to: old) == 550)
            #expect(!scene.exim.logText.contains("allowed: \(old.fingerprint)"))

            try scene.folder.write("chain.pem", File.read(mallory.certificate) + File.read(alice.certificate))
            #expect(
                try Self.replies(
                    scene, chain: scene.folder("chain.pem"), key: mallory.key, to: ["a@remote.example", "b@remote.example"]) == [
                        "550", "550",
                    ])
            // Two attempts are logged with Mallory's own fingerprint, and the certificate once.
            let lines = scene.exim.logText.split(separator: "\n").filter { $0.contains("explicitly allowed: ") }
            #expect(lines.count == 2 && lines.allSatisfy { $0.contains("allowed: \(mallory.fingerprint) [127.0.0.2]") }, "\(lines)")
            #expect(lines.first?.contains("[127.0.0.2] MII") == true && lines.last?.hasSuffix("[127.0.0.2]") == true, "\(lines)")

            // By hand, because trustctl refuses such a digest.
            try File.write(scene.listOnDisk, "RELAY_FROM_CERTS = \(Self.poison) : \(alice.fingerprint)\n")
            try scene.exim.reload()
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.reply(to: nil) == 550)
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
            #expect(scene.exim.panicText == "")
        }
    }

    @Test("setup makes a server key of root's that Exim's group may read")
    func key() throws {
        var options = DebianScene.Options()
        options.isBare = true
        try DebianScene.run(options) { scene in
            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            let stat = try ProgramRun.run(
                "stat", ["--format=%U:%G:%a", scene.folder("etc/exim/server.key"), scene.folder("etc/exim/server.crt")])
            #expect(stat.output == "root:Debian-exim:640\nroot:root:644\n")
            let names = try ProgramRun.run(
                "openssl", ["x509", "-in", scene.folder("etc/exim/server.crt"), "-noout", "-subject", "-ext", "subjectAltName"])
            let host = try scene.exim.ask("-be", "$primary_hostname").output.split(separator: "\n").first ?? "?"
            #expect(names.output.contains("DNS:\(host)"), "\(names)")
            // It stays when the way of trust changes: clients may have pinned it.
            let before = try scene.folder.read("etc/exim/server.crt")
            #expect(try scene.trustctl("setup", "--trust", "directory", "--yes").exitCode == 0)
            #expect(try scene.folder.read("etc/exim/server.crt") == before)
        }
    }
}

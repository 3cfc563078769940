import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// The shipped rules on a real Exim that was built with OpenSSL.
@Suite("A relay whose Exim has OpenSSL", .skipped(by: OpenSSLExim.obstacle))
struct OpenSSLRelayTests {
    private static func configuration(_ rules: EximConfiguration.Rules) -> EximConfiguration {
        var configuration = EximConfiguration()
        configuration.rules = rules
        configuration.hasOpenSSL = true
        return configuration
    }

    @Test(
        "a client asks, is approved, relays and is revoked, by fingerprint and by directory",
        arguments: [
            EximConfiguration.Rules.fingerprints, .certificates,
        ])
    func whole(rules: EximConfiguration.Rules) throws {
        try RelayScene.run(Self.configuration(rules)) { scene in
            let daemon = try scene.startDaemon()
            #expect(try scene.exim.check().output.contains(" OpenSSL "))
            let alice = try ClientCertificate("clients/alice", in: scene.folder)
            let stranger = try ClientCertificate("clients/stranger", in: scene.folder)
            for client in [alice, stranger] {
                #expect(try scene.reply(to: client) == 550)
                try scene.operator.waitUntilPending(client)
            }
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0 && approved.text.contains("done: approve \(alice.fingerprint)"), "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.exim.client.replyToMessage("from alice", showing: alice) == 250)
            try scene.waitForMail("from alice")
            #expect(try scene.reply(to: stranger) == 550 && scene.reply(to: nil) == 550)
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
            #expect(try scene.exim.client.replyToRecipient("bob@relay.example", showing: stranger) == 250)

            let doctor = try scene.findings().filter { $0.severity == "error" }
            #expect(doctor.isEmpty, "\(doctor)")
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            try daemon.stop()
        }
    }

    @Test(
        "an expired certificate and an early one do not relay, one that ends after 2106 does",
        arguments: [EximConfiguration.Rules.fingerprints, .certificates])
    func dates(rules: EximConfiguration.Rules) throws {
        try RelayScene.run(Self.configuration(rules)) { scene in
            let kinds: [(ClientCertificate.Kind, Int)] = [(.expired, 550), (.notYetValid, 550), (.late, 250)]
            let clients = try kinds.map { (try ClientCertificate("clients/\($0.0)", $0.0, in: scene.folder), $0.1) }
            for (client, _) in clients { try scene.approveFile(of: client) }
            for (client, reply) in clients { #expect(try scene.reply(to: client) == reply, "\(scene.exim.logText)") }
        }
    }

    @Test(
        "the attack: an approved certificate as issuer, or none where the poison is listed",
        arguments: [EximConfiguration.Rules.fingerprints, .certificates])
    func borrowed(rules: EximConfiguration.Rules) throws {
        try RelayScene.run(Self.configuration(rules)) { scene in
            let alice = try ClientCertificate("clients/alice", in: scene.folder)
            let mallory = try ClientCertificate("clients/mallory", in: scene.folder)
            try scene.approveFile(of: alice)
            // Of the same name, and with another key.
            try scene.folder.makeFolder("clients/false")
            let falseAlice = try ClientCertificate("clients/false/alice", in: scene.folder)
            let pretended = try ClientCertificate("clients/pretended", signedBy: falseAlice, in: scene.folder)
            let minted = try ClientCertificate("clients/minted", signedBy: alice, in: scene.folder)
            for leaf in [mallory, pretended, minted, falseAlice] {
                try scene.folder.write("clients/chain.pem", File.read(leaf.certificate) + File.read(alice.certificate))
                let visits = try SessionClient.visit(scene, chain: scene.folder("clients/chain.pem"), key: leaf.key)
                #expect(visits == ["550"], "\(visits)")
            }
            #expect(try scene.reply(to: alice) == 250)
            let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(poison) : \(alice.fingerprint)\n")
            try scene.exim.reload()
            #expect(try scene.reply(to: nil) == 550 && scene.reply(to: alice) == 250)
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
        }
    }

    /// `published` shows that the attack is real.
    @Test(
        "the attack: a session is resumed after its certificate has expired; only ours refuse it",
        arguments: [EximConfiguration.Rules.fingerprints, .certificates, .published])
    func resumed(rules: EximConfiguration.Rules) throws {
        var configuration = Self.configuration(rules)
        configuration.before = "tls_resumption_hosts = *"
        try RelayScene.run(configuration) { scene in
            // On a busy machine the first one may end before its first visit.
            for (round, life) in [5, 60, 300].enumerated() {
                let end = Int64(time(nil)) + Int64(life)
                let client = try ClientCertificate(
                    "clients/client\(round)", startingIn: "20200101000000Z", endingIn: Self.generalized(end), in: scene.folder)
                try scene.approveFile(of: client)
                let visits = try SessionClient.visit(scene, chain: client.certificate, key: client.key, againAfter: end)
                if visits.first == "550", round < 2 { continue }
                #expect(visits == ["250", "resumed", rules == .published ? "250" : "550"], "\(visits)\n\(scene.exim.logText)")
                // Without the old session it is refused everywhere that verifies.
                #expect(try scene.reply(to: client) == 550)
                return
            }
        }
    }

    @Test("setup on Debian's configuration chooses the directory, and who is approved then relays", arguments: [true, false])
    func setup(split: Bool) throws {
        var options = DebianScene.Options()
        (options.isBare, options.hasOpenSSL, options.split) = (true, true, split)
        try DebianScene.run(options) { scene in
            let setup = try scene.trustctl("setup", "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            #expect(try scene.exim.ask("-bP", "macro", "TRUSTD_TRUST").output == "TRUSTD_TRUST=directory\n")
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250 && scene.reply(to: nil) == 550)
            let errors = try scene.findings().filter { $0.severity == "error" }
            #expect(errors.isEmpty, "\(errors)")
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            try daemon.stop()
        }
    }

    private static func generalized(_ seconds: Int64) -> String {
        var (now, parts) = (time_t(seconds), tm())
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 20)
        strftime(&text, text.count, "%Y%m%d%H%M%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test(
        "who is invited by a code ends with trusted both ways, and the code admits nobody else",
        arguments: [EximConfiguration.Rules.fingerprints, .certificates])
    func invited(rules: EximConfiguration.Rules) throws {
        try RelayScene.run(Self.configuration(rules)) { scene in
            let daemon = try scene.startDaemon()
            let (invite, code) = try scene.startInviting("--label", "laptop")
            let stranger = try ClientCertificate("clients/stranger", in: scene.folder)
            #expect(try scene.reply(to: stranger) == 550)
            let joined = try scene.join("laptop", code)
            #expect(joined.exitCode == 0 && joined.output.hasPrefix("trusted both ways"), "\(joined)")
            let invited = try invite.wait()
            let own = try ClientCertificate.fingerprint(of: scene.folder("laptop/client.pem"))
            #expect(invited.exitCode == 0 && invited.errors.contains("done: approve \(own) (laptop)"), "\(invited)")
            let laptop = try ClientCertificate(certificate: scene.folder("laptop/client.pem"), key: scene.folder("laptop/client.key"))
            #expect(try scene.exim.client.replyToMessage("from the laptop", showing: laptop) == 250)
            try scene.waitForMail("from the laptop")
            let thief = try scene.knock("thief", code)
            #expect(try scene.trustctl("admit").output.isEmpty && scene.trusted == ["\(own)"])
            #expect(try scene.warnings(of: thief).contains { $0.contains("has admitted another certificate") })
            #expect(try scene.reply(to: stranger) == 550)
            try daemon.stop()
        }
    }
}

extension RelayScene {
    /// Approves a certificate that no line of the log has shown.
    fileprivate func approveFile(of client: ClientCertificate) throws {
        let approved = try trustctl("approve", "--certificate", client.certificate, "--yes")
        guard approved.exitCode == 0 else { throw NothingCame(description: "\(approved)") }
    }
}

/// A client in Python, which keeps its TLS session and sends the certificates of a chain as the file has them.
enum SessionClient {
    /// The code of the answer to RCPT; with `againAfter`, at that time a second visit with the first one's session.
    static func visit(_ scene: some TrustScene, chain: String, key: String, againAfter end: Int64 = 0) throws -> [String] {
        let script = """
            import socket, ssl, sys, time
            port, end = int(sys.argv[1]), int(sys.argv[4])
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(sys.argv[2], sys.argv[3])
            def visit(session):
                plain = socket.create_connection(("127.0.0.1", port), 60, ("127.0.0.2", 0))
                def say(s, line):
                    if line: s.sendall(line + b"\\r\\n")
                    answer = b""
                    while not (answer.endswith(b"\\n") and answer.splitlines()[-1][3:4] == b" "):
                        data = s.recv(4096)
                        if not data: break
                        answer += data
                    return answer.splitlines()[-1][:3].decode() if answer else "closed"
                for line in (b"", b"EHLO client.example", b"STARTTLS"): say(plain, line)
                s = context.wrap_socket(plain, session=session)
                for line in (b"EHLO client.example", b"MAIL FROM:<alice@client.example>"): say(s, line)
                code = say(s, b"RCPT TO:<bob@remote.example>")
                say(s, b"QUIT")
                return s, code
            first, code = visit(None)
            print(code)
            if end:
                time.sleep(max(0, end + 1 - time.time()))
                second, code = visit(first.session)
                print("resumed" if second.session_reused else "new")
                print(code)
            """
        let run = try ProgramRun.run(
            "python3", ["-c", script, "\(scene.exim.port)", chain, key, "\(end)"], timeout: .seconds(600))
        guard run.exitCode == 0 else { throw NothingCame(description: "\(run)") }
        return run.output.split(separator: "\n").map(String.init)
    }
}

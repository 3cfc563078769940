import Testing
import TrustCore
import TrustTestSupport

/// `trustctl ca sign`: what is signed, what is refused, and what is said of it.
@Suite("What our CA signs")
struct AuthoritySignTests {
    private func openssl(_ words: String...) throws -> String { try ProgramRun.run("openssl", words).output }

    private func request(_ scene: RelayScene, _ name: String, _ algorithm: [String], more: [String] = []) throws -> String {
        let (key, file) = (scene.folder("clients/\(name).key"), scene.folder("clients/\(name).csr"))
        for words in [
            ["genpkey", "-out", key, "-algorithm"] + algorithm, ["req", "-new", "-key", key, "-subj", "/CN=\(name)", "-out", file] + more,
        ] {
            let made = try ProgramRun.run("openssl", words)
            guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        }
        return file
    }

    private static let ec = ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]

    @Test("the certificate in the queue is the request; the subject is ours, and the ledger has all of it")
    func queued() throws {
        try RelayScene.withOwnAuthority { scene in
            let alice = try scene.refusedClient("alice")
            let dry = try scene.trustctl("ca", "sign", "\(alice.fingerprint)", "--dry-run")
            #expect(dry.exitCode == 0 && dry.output.contains("would sign for \(alice.fingerprint)"), "\(dry)")
            #expect(File.names(in: scene.folder("etc/issued")).isEmpty)

            let issued = try scene.sign(alice, "--days", "7", "--reason", "asked by phone")
            let text = try openssl("x509", "-in", issued.certificate, "-noout", "-text")
            // The attack: a client calls itself what another one is called.
            #expect(!text.contains("alice"), "\(text)")
            for words in ["CA:FALSE", "TLS Web Client Authentication", "Digital Signature\n"] { #expect(text.contains(words), "\(text)") }
            let verified = try ProgramRun.run("openssl", ["verify", "-CAfile", scene.folder("etc/ca/ca.pem"), issued.certificate])
            #expect(verified.exitCode == 0, "\(verified)")
            #expect(
                try ProgramRun.run("openssl", ["x509", "-in", issued.certificate, "-noout", "-checkend", "\(8 * 86_400)"]).exitCode == 1)
            #expect(try openssl("x509", "-in", issued.certificate, "-noout", "-pubkey") == openssl("pkey", "-in", alice.key, "-pubout"))

            #expect(try scene.folder.read("etc/issued/\(alice.fingerprint)") == File.read(issued.certificate))
            #expect(try scene.operator.entries().isEmpty)
            #expect(try scene.reply(to: issued) == 250 && scene.reply(to: alice) == 550)
            let line = try #require(scene.ledgerLines.last)
            #expect(line.hasPrefix("{\"action\":\"sign\"") && line.contains("\"fingerprint\":\"\(issued.fingerprint)\""), "\(line)")
            #expect(line.contains("\"for\":\"\(alice.fingerprint)\"") && line.contains("asked by phone"), "\(line)")
            let history = try scene.trustctl("history").output
            #expect(history.contains("sign by root") && history.contains("\(issued.fingerprint) (client "), "\(history)")
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            let listed = try scene.trustctl("ca", "list")
            let first = "\(issued.fingerprint)".prefix(16)
            #expect(listed.output.contains("\(first)  client ") && listed.output.contains(", handed over by exim"))
            let undone = try scene.trustctl("undo", "\(scene.ledgerLines.count)", "--yes")
            #expect(undone.exitCode == 65 && undone.errors.contains("cannot be taken back"), "\(undone)")
        }
    }

    @Test("a request in a file is signed without its name; its owner gets the certificate from standard output")
    func byRequest() throws {
        try RelayScene.withOwnAuthority { scene in
            // The attack: the subject of another client, or of the CA itself, and names of servers.
            let own = try openssl("x509", "-in", scene.folder("etc/ca/ca.pem"), "-noout", "-subject", "-nameopt", "RFC2253")
            let name = String(try #require(own.split(separator: "=", maxSplits: 2).last).prefix { $0 != "\n" })
            let file = try request(scene, "copy", Self.ec, more: ["-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:relay.example"])
            let signed = try scene.trustctl("ca", "sign", "--request", file, "--yes")
            #expect(signed.exitCode == 0, "\(signed)")
            try scene.folder.write("clients/copy.pem", signed.output)
            let text = try openssl("x509", "-in", scene.folder("clients/copy.pem"), "-noout", "-text")
            #expect(text.contains("Subject: CN = client ") || text.contains("Subject: CN=client "), "\(text)")
            #expect(!text.contains("relay.example"), "\(text)")
            let client = try ClientCertificate(certificate: scene.folder("clients/copy.pem"), key: scene.folder("clients/copy.key"))
            #expect(try scene.reply(to: client) == 250)
            #expect(File.names(in: scene.folder("etc/issued")).isEmpty)
            let named = try scene.trustctl("ca", "sign", "--request", file, "--yes", "--name", "bob's desk")
            try scene.folder.write("clients/named.pem", named.output)
            #expect(try openssl("x509", "-in", scene.folder("clients/named.pem"), "-noout", "-subject").contains("bob's desk"))
            // The attack: the CA's own name, in other letters.
            let pretending = try scene.trustctl("ca", "sign", "--request", file, "--yes", "--name", name.uppercased())
            #expect(pretending.exitCode == 65 && pretending.errors.contains("the CA's own name"), "\(pretending)")
        }
    }

    @Test("keys, requests and times that must not be signed are refused, and the ledger stays as it is")
    func refused() throws {
        try RelayScene.withOwnAuthority { scene in
            let lines = try scene.ledgerLines.count
            let good = try request(scene, "good", Self.ec)
            let broken = try File.read(good).split(separator: "\n").enumerated().map { $0 == 3 ? String($1.reversed()) : String($1) }
            try scene.folder.write("clients/broken.csr", broken.joined(separator: "\n") + "\n")
            for (file, words) in [
                (try request(scene, "p224", ["EC", "-pkeyopt", "ec_paramgen_curve:P-224"]), "not every relay takes"),
                (try request(scene, "pool", ["EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"]), "not every relay takes"),
                (try request(scene, "k1", ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"]), "not every relay takes"),
                (try request(scene, "weak", ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"]), "not every relay takes"),
                (try request(scene, "ca", Self.ec, more: ["-addext", "basicConstraints=CA:TRUE"]), "CA:TRUE"),
                (scene.folder("clients/broken.csr"), "nothing was signed"), (scene.folder("clients/good.key"), "private key"),
                (scene.folder("etc/ca/ca.pem"), "a certificate, not a request"), (scene.folder("clients/none"), "No such file"),
            ] {
                let refused = try scene.trustctl("ca", "sign", "--request", file, "--yes")
                #expect(refused.exitCode == 65 && refused.errors.contains(words) && refused.output.isEmpty, "\(refused)")
            }
            for words in [["--days", "0"], ["--days", "-3"], ["--days", "3651"], ["--name", ""], [good]] {
                #expect(try scene.operator.start(["ca", "sign", "--request", good, "--yes"] + words).wait().exitCode == 64, "\(words)")
            }
            let unknown = try scene.trustctl("ca", "sign", String(repeating: "AB", count: 32), "--yes")
            #expect(unknown.exitCode == 66 && unknown.errors.contains("not known here"), "\(unknown)")
            let weak = try scene.makeClient("weakling", .weakKey)
            try scene.folder.queue(weak)
            let queued = try scene.trustctl("ca", "sign", "\(weak.fingerprint)", "--yes")
            #expect(queued.exitCode == 65 && queued.errors.contains("not every relay takes"), "\(queued)")
            let denied = try scene.makeClient("denied")
            try scene.folder.queue(denied)
            #expect(try scene.trustctl("deny", "\(denied.fingerprint)", "--yes").exitCode == 0)
            let asked = try scene.trustctl("ca", "sign", "\(denied.fingerprint)", "--yes")
            #expect(asked.exitCode == 65 && asked.errors.contains("is denied"), "\(asked)")
            #expect(try scene.ledgerLines.count == lines + 1)
            #expect(File.names(in: scene.folder("etc/issued")).isEmpty)
        }
    }

    @Test("every command prints one document with --json, which holds the certificate and no question")
    func documents() throws {
        try RelayScene.withOwnAuthority { scene in
            let alice = try scene.refusedClient("alice")
            let dry = try scene.trustctl("ca", "sign", "\(alice.fingerprint)", "--dry-run", "--json")
            #expect(dry.output.contains("\"outcome\" : \"dry-run\""), "\(dry)")
            let signed = try scene.trustctl("ca", "sign", "\(alice.fingerprint)", "--yes", "--json")
            #expect(signed.exitCode == 0 && signed.output.contains("\"pem\" : \"-----BEGIN CERTIFICATE-----"), "\(signed)")
            let listed = try scene.trustctl("ca", "list", "--json")
            #expect(listed.output.contains("\"handed_over\" : true") && listed.output.contains("\"key_is_here\" : true"), "\(listed)")
            #expect(try scene.trustctl("ca", "renew", "--json").output.contains("\"waiting\" : ["))
            #expect(try scene.trustctl("history", "--json").output.contains("\"issued_for\" : \"\(alice.fingerprint)\""))
            let moved = try scene.trustctl("ca", "move-key", scene.folder("stick"), "--yes", "--json")
            #expect(moved.output.contains("\"key\" : \"\(scene.folder("stick"))\""), "\(moved)")
            #expect(try scene.trustctl("ca", "list", "--json").output.contains("\"key_moved_to\" : \"\(scene.folder("stick"))\""))
            #expect(try scene.trustctl("ca", "revoke", "\(alice.fingerprint)", "--dry-run", "--json").exitCode == 0)
            let revoked = try scene.trustctl("ca", "revoke", "\(alice.fingerprint)", "--yes", "--json")
            #expect(revoked.output.contains("\"action\" : \"revoke\""), "\(revoked)")
            #expect(try scene.trustctl("ca", "list", "--json").output.contains("\"state\" : \"revoked\""))
            try ProgramRun.run("mv", [scene.folder("etc/ca"), scene.folder("etc/old-ca")])
            let made = try scene.trustctl("ca", "init", "--json")
            #expect(made.output.contains("\"passphrase\" : false"), "\(made)")
        }
    }

    @Test("a certificate ends with its CA, which says so; one that has ended or not begun signs nothing")
    func dates() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.folder.queue(alice)
            #expect(try scene.trustctl("ca", "init", "--days", "20").exitCode == 0)
            let short = try scene.trustctl("ca", "sign", "\(alice.fingerprint)", "--yes")
            #expect(short.exitCode == 0 && short.errors.contains("the certificate ends with it"), "\(short)")
            // Trust is not by a CA here.
            #expect(short.errors.contains("nothing is handed over"), "\(short)")
            try scene.folder.write("short.pem", short.output)
            func end(_ file: String) throws -> String { try openssl("x509", "-in", scene.folder(file), "-noout", "-enddate") }
            #expect(try end("short.pem") == end("etc/ca/ca.pem"))
            for (name, more, words) in [
                ("ended", ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"], "the CA ended"),
                ("early", ["-startdate", "20400101000000Z", "-enddate", "20410101000000Z"], "not valid before"),
            ] {
                let client = try ClientCertificate("clients/\(name)", name == "ended" ? .expired : .notYetValid, in: scene.folder)
                _ = more
                try scene.folder.write("etc/ca/ca.pem", File.read(client.certificate))
                try scene.folder.write("etc/ca/ca.key", File.read(client.key), mode: 0o600)
                let leaf = try scene.trustctl("ca", "sign", "\(alice.fingerprint)", "--yes")
                #expect(leaf.exitCode == 65 && leaf.errors.contains("not a CA's"), "\(leaf)")
                try Self.makeAuthority(name, more, scene)
                let refused = try scene.trustctl("ca", "sign", "\(alice.fingerprint)", "--yes")
                #expect(refused.exitCode == 65 && refused.errors.contains(words), "\(refused)")
            }
        }
    }

    /// A CA with these dates in the place of ours.
    private static func makeAuthority(_ name: String, _ dates: [String], _ scene: RelayScene) throws {
        let key = scene.folder("etc/ca/ca.key")
        let request = scene.folder("clients/\(name).csr")
        try scene.folder.write("clients/\(name).index", "")
        try scene.folder.write(
            "clients/\(name).cnf",
            """
            [ca]
            default_ca = one
            [one]
            database = \(scene.folder("clients/\(name).index"))
            new_certs_dir = \(scene.folder("clients"))
            rand_serial = yes
            default_md = sha256
            policy = any
            x509_extensions = v
            [any]
            commonName = supplied
            [v]
            basicConstraints = critical,CA:TRUE,pathlen:0

            """)
        for words in [
            ["req", "-new", "-key", key, "-subj", "/CN=\(name)", "-out", request],
            [
                "ca", "-batch", "-notext", "-selfsign", "-config", scene.folder("clients/\(name).cnf"), "-in", request, "-keyfile", key,
                "-out", scene.folder("etc/ca/ca.pem"),
            ] + dates,
        ] {
            let made = try ProgramRun.run("openssl", words)
            guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        }
    }

    @Test("a locked key needs its passphrase; a wrong one is an error of its own, and nothing is signed")
    func passphrase() throws {
        try RelayScene.run { scene in
            try scene.folder.write("right", "correct horse\n", mode: 0o600)
            try scene.folder.write("wrong", "correct hose\n", mode: 0o600)
            try scene.folder.write("zero", "correct\0 horse\n", mode: 0o600)
            #expect(try scene.trustctl("ca", "init", "--passphrase-file", scene.folder("right")).exitCode == 0)
            let alice = try scene.makeClient("alice")
            try scene.folder.queue(alice)
            let name = "\(alice.fingerprint)"
            let wrong = try scene.trustctl("ca", "sign", name, "--yes", "--passphrase-file", scene.folder("wrong"))
            #expect(wrong.exitCode == 65 && wrong.errors.contains("this is not the passphrase of the key"), "\(wrong)")
            #expect(try scene.trustctl("ca", "sign", name, "--yes", "--passphrase-file", scene.folder("zero")).exitCode == 64)
            let silent = try scene.trustctl("ca", "sign", name, "--yes")
            #expect(silent.exitCode == 64 && silent.errors.contains("no terminal"), "\(silent)")
            #expect(try scene.ledgerLines.isEmpty)
            let signed = try scene.operator.trustctl("ca", "sign", name, "--yes", "--passphrase-file", "-", input: "correct horse\n")
            #expect(signed.exitCode == 0 && signed.output.hasPrefix("-----BEGIN CERTIFICATE-----\n"), "\(signed)")
            #expect(try scene.ledgerLines.count == 1)
        }
    }
}

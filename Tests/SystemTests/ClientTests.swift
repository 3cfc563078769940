import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// The client's commands against a real relay.
@Suite("A client makes its certificate, pins its relay, and checks both")
struct ClientTests {
    /// The operator of the client.
    struct Person {
        let folder: SceneFolder
        let dir: String

        init(_ scene: RelayScene) {
            folder = scene.folder
            dir = folder("client")
        }

        @discardableResult
        func client(_ arguments: String..., input: String = "") throws -> ProgramRun.Outcome {
            try ProgramRun.run(
                BuiltPrograms.trustctl, ["client"] + arguments + ["--dir", dir, "--config", folder("etc/trustd.conf")], input: input)
        }

        func check(_ port: Int, _ arguments: String...) throws -> (exit: Int32, document: [String: Any]) {
            let outcome = try ProgramRun.run(
                BuiltPrograms.trustctl, ["client", "check", "127.0.0.1:\(port)", "--json", "--timeout", "60", "--dir", dir] + arguments)
            let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            return (outcome.exitCode, try #require(document, "\(outcome)"))
        }

        func fingerprint(_ file: String) throws -> Fingerprint { try ClientCertificate.fingerprint(of: file) }
    }

    @Test("client new makes a correct key and certificate, and never overwrites them", arguments: ["ec", "ed25519", "rsa4096"])
    func new(kind: String) throws {
        try RelayScene.run { scene in
            let person = Person(scene)
            let made = try person.client("new", "--name", "alice.laptop", "--days", "30", "--key", kind)
            #expect(made.exitCode == 0, "\(made)")
            let certificate = person.dir + "/client.pem"
            let fingerprint = try person.fingerprint(certificate)
            for line in fingerprint.grouped { #expect(made.output.contains(line)) }
            let verified = try ProgramRun.run("openssl", ["verify", "-CAfile", certificate, "-purpose", "sslclient", certificate])
            #expect(verified.exitCode == 0, "\(verified)")
            let text = try ProgramRun.run("openssl", ["x509", "-in", certificate, "-noout", "-text"]).output
            for words in ["CA:FALSE", "Digital Signature", "TLS Web Client Authentication", "DNS:alice.laptop", "CN = alice.laptop"] {
                #expect(text.contains(words), "\(words) in \(text)")
            }
            let key = try ProgramRun.run("openssl", ["pkey", "-in", person.dir + "/client.key", "-pubout"]).output
            #expect(key == (try ProgramRun.run("openssl", ["x509", "-in", certificate, "-noout", "-pubkey"]).output))
            #expect(
                try ProgramRun.run("stat", ["-L", "-c", "%a %U %G", person.dir + "/client.key"]).output == "640 root Debian-exim\n")
            let before = try File.read(certificate)
            let again = try person.client("new")
            #expect(again.exitCode == 65)
            #expect(try File.read(certificate) == before)
        }
    }

    @Test(
        "client new without root makes a key that only this user can read",
        .skipped(by: TrustDaemon.privilegeObstacle))
    func user() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("home", mode: 0o755, owner: .daemon)
        let outcome = try ProgramRun.run(
            "setpriv", ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", BuiltPrograms.trustctl, "client", "new"],
            environment: ["HOME": folder("home")])
        #expect(outcome.exitCode == 0, "\(outcome)")
        let dir = folder("home/.config/trustd")
        #expect(try ProgramRun.run("stat", ["-L", "-c", "%a %U", dir, dir + "/client.key"]).output == "700 nobody\n600 nobody\n")
    }

    @Test("client refuses an invalid name, and a key that does not match the certificate") func refused() throws {
        try RelayScene.run { scene in
            let person = Person(scene)
            for name in ["two words", "", "-x", String(repeating: "a", count: 65), "a@b@c", "x/y"] {
                #expect(try person.client("new", "--name", name).exitCode == 64, "\(name)")
            }
            #expect(try person.client("check", "127.0.0.1:\(scene.exim.port)").exitCode == 66)
            try person.client("new")
            let other = try ClientCertificate("clients/other", in: scene.folder)
            try ProgramRun.run("cp", [other.key, person.dir + "/current/client.key"])
            let checked = try person.client("check", "127.0.0.1:\(scene.exim.port)")
            #expect(checked.exitCode == 78 && checked.errors.contains("not the key of this certificate"), "\(checked)")
        }
    }

    @Test("pin refuses an unexpected relay with both fingerprints, and replaces only on demand")
    func pin() throws {
        try RelayScene.run { scene in
            let person = Person(scene)
            let relay = "127.0.0.1:\(scene.exim.port)"
            let right = try person.fingerprint(scene.folder("server.pem"))
            #expect(try person.client("pin", relay).exitCode == 64)
            let wrong = try person.client("pin", relay, "--fingerprint", String(repeating: "AB", count: 32))
            #expect(wrong.exitCode == 11 && wrong.errors.contains("\(right)"), "\(wrong)")
            #expect(!File.exists(person.dir + "/relays"))
            let pinned = try person.client("pin", relay, "--fingerprint", right.grouped.joined(separator: " "))
            #expect(pinned.exitCode == 0, "\(pinned)")
            #expect(try person.fingerprint(person.dir + "/relays/127.0.0.1_\(scene.exim.port).pem") == right)
            #expect(try person.client("pin", relay).exitCode == 0)
            #expect(try person.client("pin", relay, "--expect-from", scene.folder("server.pem")).exitCode == 0)

            try scene.exim.stop()
            let mallory = try ClientCertificate("clients/mallory", in: scene.folder)
            let other = try OtherServer("other", .with(mallory, asks: true), port: scene.exim.port, in: scene.folder)
            let differs = try person.client("pin", relay)
            #expect(differs.exitCode == 11, "\(differs)")
            #expect(differs.errors.contains("\(right)") && differs.errors.contains("\(mallory.fingerprint)"))
            #expect(try person.client("pin", relay, "--fingerprint", "\(mallory.fingerprint)").exitCode == 11)
            #expect(try person.client("pin", relay, "--replace").exitCode == 64)
            let replaced = try person.client("pin", relay, "--fingerprint", "\(mallory.fingerprint)", "--replace")
            #expect(replaced.exitCode == 0 && replaced.errors.contains(right.grouped[0]), "\(replaced)")
            #expect(try person.client("pin", relay).exitCode == 0)
            try other.exim.stop()
            #expect(try person.client("pin", relay).exitCode == 15)
        }
    }

    @Test("check reports every state by exit status, JSON and text, and sends no mail") func check() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let person = Person(scene)
            let port = scene.exim.port
            try person.client("new", "--name", "alice.laptop")
            let own = try person.fingerprint(person.dir + "/client.pem")
            #expect(try person.check(port).exit == 16)
            #expect(!scene.exim.logText.contains("\(own)"))
            let server = try person.fingerprint(scene.folder("server.pem"))
            try person.client("pin", "127.0.0.1:\(port)", "--fingerprint", "\(server)")

            let waiting = try person.check(port)
            #expect(waiting.exit == 10 && waiting.document["state"] as? String == "waiting")
            #expect(waiting.document["fingerprint"] as? String == "\(own)" && waiting.document["exit"] as? Int == 10)
            let told = try person.client("check", "127.0.0.1:\(port)")
            try waitUntil("\(own) is pending") { try scene.operator.entries().contains { $0.fingerprint == "\(own)" } }
            let shown = try scene.trustctl("show", "\(own)")
            // The operator's card has exactly the lines that the client's owner reads out.
            for line in told.output.split(separator: "\n").dropFirst(2) { #expect(shown.output.contains(line), "\(line) in \(shown)") }

            #expect(try scene.trustctl("approve", "\(own)", "--yes").exitCode == 0)
            let trusted = try person.check(port)
            #expect(trusted.exit == 0 && trusted.document["state"] as? String == "trusted", "\(trusted)")
            #expect((trusted.document["warnings"] as? [String])?.isEmpty == true)
            #expect(try person.check(port, "--to", "bob@remote.example", "--from", "alice@client.example").exit == 0)
            let local = try person.check(port, "--to", "bob@relay.example")
            #expect((local.document["warnings"] as? [String])?.first?.contains("without a certificate too") == true, "\(local)")
            #expect(!File.exists(scene.folder("mail/inbox")))
            #expect(scene.exim.logText.contains("lost connection") == false)
            try daemon.stop()
            try scene.exim.stop()
            #expect(try person.check(port).exit == 15)

            let genuine = try ClientCertificate("clients/genuine", in: scene.folder)
            for (name, tls, code) in [
                ("mallory", OtherServer.TLS.with(genuine, asks: true), Int32(11)), ("stripped", .none, 14),
            ] {
                let other = try OtherServer(name, tls, port: port, in: scene.folder)
                #expect(try person.check(port).exit == code, "\(name)")
                // A man in the middle learns neither who we are nor whom we write to.
                #expect(!other.exim.logText.contains("alice") && !other.exim.logText.contains("check.invalid"))
                try other.exim.stop()
            }
            try person.client("pin", "127.0.0.1:\(port)", "--fingerprint", "\(genuine.fingerprint)")
            let silent = try OtherServer("silent", .with(genuine, asks: false), port: port, in: scene.folder)
            try person.client("pin", "127.0.0.1:\(port)", "--fingerprint", "\(genuine.fingerprint)", "--replace")
            #expect(try person.check(port).exit == 12)
            try silent.exim.stop()

            let old = try ClientCertificate("clients/old", .expired, in: scene.folder)
            try ProgramRun.run("cp", [old.certificate, person.dir + "/current/client.pem"])
            try ProgramRun.run("cp", [old.key, person.dir + "/current/client.key"])
            #expect(try person.check(port).exit == 13)
        }
    }
}

import Testing
import TrustCore
import TrustTestSupport

/// A real Exim as client delivers to a real Exim as relay, and to no other server.
@Suite("A client's Exim and its relay")
struct ClientMailTests {
    /// A relay for the name `host`, and a client machine that has no relay set up.
    private func withMachines(
        split: Bool, host: String = "localhost", hasOpenSSL: Bool = false,
        _ body: (RelayScene, ClientMachine, _ relay: String, _ authority: ClientCertificate) throws -> Void
    ) throws {
        if hasOpenSSL, let obstacle = OpenSSLExim.obstacle { try Skipping.skip(because: obstacle) }
        try RelayScene.run { scene in
            let own = try ClientCertificate("clients/relay", host: host, in: scene.folder)
            try scene.folder.write("server.pem", File.read(own.certificate))
            try scene.folder.write("server.key", File.read(own.key), mode: 0o640, owner: .exim)
            try scene.exim.reload()
            let authority = try ClientCertificate("clients/authority", host: "Authority", isAuthority: true, in: scene.folder)
            try ClientMachine.run(
                in: scene.folder, split: split, smarthost: "localhost::\(scene.exim.port)", trusting: authority, hasOpenSSL: hasOpenSSL
            ) { machine in
                try body(scene, machine, "localhost:\(scene.exim.port)", authority)
            }
        }
    }

    /// What the two operators do: one at the client, one at the relay.
    private func enrol(_ scene: RelayScene, _ machine: ClientMachine, _ relay: String) throws {
        let server = try ProgramRun.run("openssl", ["x509", "-in", scene.folder("server.pem"), "-noout", "-fingerprint", "-sha256"])
        for words in [["new", "--name", "alice.laptop"], ["pin", relay, "--fingerprint", String(server.output.dropLast())]] {
            let outcome = try machine.client(words[0], words[1], words[2], words.count > 3 ? words[3] : "--days=90")
            #expect(outcome.exitCode == 0, "\(outcome)")
        }
        let set = try machine.client("setup", relay, "--yes")
        #expect(set.exitCode == 0, "\(set)")
    }

    @Test(
        "a new client is enrolled at a relay from scratch, and its setup can be removed",
        arguments: [
            (true, "localhost", false), (false, "localhost", false), (true, "mail.example", false), (true, "mail.example", true),
            (false, "localhost", true),
        ])
    func wholeWay(split: Bool, host: String, hasOpenSSL: Bool) throws {
        try withMachines(split: split, host: host, hasOpenSSL: hasOpenSSL) { scene, machine, relay, _ in
            let daemon = try scene.startDaemon()
            let before = machine.configuration
            try enrol(scene, machine, relay)
            try machine.send("the first")
            #expect(!File.exists(scene.folder("mail/inbox")))
            let own = try machine.fingerprint
            try waitUntil("\(own) is pending; the client's log:\n\(machine.logText)") {
                try scene.operator.entries().contains { $0.fingerprint == "\(own)" }
            }
            #expect(try machine.client("check", relay).exitCode == 10)
            #expect(try scene.trustctl("approve", "\(own)", "--yes").exitCode == 0)
            let checked = try machine.client("check", relay)
            #expect(checked.exitCode == 0 && checked.output.contains("trusted both ways"), "\(checked)")
            try machine.send("the second")
            try scene.waitForMail("the second")
            #expect(machine.logText.contains("=> bob@remote.example") && machine.logText.contains("CV=yes"), "\(machine.logText)")

            #expect(try machine.client("setup", relay, "--yes").errors.contains("nothing to do"))
            let removed = try machine.client("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(machine.configuration == before)
            #expect(!File.exists(scene.folder("m/client/exim_macros")) && File.exists(scene.folder("m/client/client.key")))
            try daemon.stop()
        }
    }

    @Test(
        "the attack: a man in the middle gets no mail; it waits until the relay is back",
        arguments: [(true, false), (false, false), (true, true), (false, true)])
    func attacks(split: Bool, hasOpenSSL: Bool) throws {
        try withMachines(split: split, hasOpenSSL: hasOpenSSL) { scene, machine, relay, authority in
            try enrol(scene, machine, relay)
            #expect(try scene.trustctl("approve", "\(machine.fingerprint)", "--yes").exitCode == 0)
            try scene.exim.stop()
            let folder = scene.folder
            let mine = try ClientCertificate("clients/mine", host: "localhost", in: folder)
            let issued = try ClientCertificate("clients/issued", host: "localhost", issuedBy: authority, in: folder)
            let attacks: [(name: String, tls: OtherServer.TLS)] = [
                ("selfsigned", .with(mine, asks: true)), ("issued", .with(issued, asks: true)), ("stripped", .none),
            ]
            for (count, attack) in attacks.enumerated() {
                let mallory = try OtherServer(attack.name, attack.tls, port: scene.exim.port, in: folder)
                // By the usual tools this certificate is genuine.
                if attack.name == "issued" {
                    let verified = try machine.command(
                        "openssl", "verify", "-CAfile", "/etc/ssl/certs/ca-certificates.crt", "-verify_hostname", "localhost",
                        issued.certificate)
                    #expect(verified.exitCode == 0, "\(verified)")
                }
                try machine.send("secret \(count)")
                try machine.retry()
                #expect(try machine.waiting == count + 1, "\(attack.name): \(machine.logText)")
                #expect(mallory.inbox.isEmpty && !mallory.exim.logText.contains("bob@remote.example"), "\(attack.name)")
                #expect(try machine.client("check", relay).exitCode == (attack.name == "stripped" ? 14 : 11))
                try mallory.exim.stop()
            }
            try scene.exim.start()
            try machine.retry()
            for count in attacks.indices { try scene.waitForMail("secret \(count)") }
            #expect(try machine.waiting == 0)
        }
    }

    @Test("a renewed certificate is used only when the relay trusts it, and mail keeps flowing", arguments: [true, false])
    func renew(sameKey: Bool) throws {
        try withMachines(split: true) { scene, machine, relay, _ in
            let daemon = try scene.startDaemon()
            try enrol(scene, machine, relay)
            let old = try machine.fingerprint
            #expect(try scene.trustctl("approve", "\(old)", "--yes").exitCode == 0)
            let options = sameKey ? ["--same-key"] : ["--key=ed25519"]
            let made = try machine.client("renew", options[0], "--json")
            #expect(made.exitCode == 10, "\(made)")
            #expect(try machine.fingerprint == old)
            let key = try File.read(scene.folder("m/client/client.key"))
            try machine.send("with the old one")
            try scene.waitForMail("with the old one")
            var next = ""
            try waitUntil("the next one is pending") {
                next = try scene.operator.entries().first { $0.fingerprint != "\(old)" }?.fingerprint ?? ""
                return !next.isEmpty
            }
            #expect(made.output.contains(next) && !made.output.contains("\(old)"))
            #expect(try machine.client("renew", options[0]).exitCode == 10)
            #expect(try scene.operator.entries().count == 1)
            #expect(try scene.trustctl("approve", next, "--yes").exitCode == 0)
            let done = try machine.client("renew", options[0])
            #expect(done.exitCode == 0 && done.errors.contains("trustctl revoke \(old) --only"), "\(done)")
            #expect("\(try machine.fingerprint)" == next)
            #expect(try (File.read(scene.folder("m/client/client.key")) == key) == sameKey)
            #expect(!File.exists(scene.folder("m/client/next")))
            #expect(try scene.trustctl("revoke", "\(old)", "--yes").exitCode == 0)
            try machine.send("with the next one")
            try scene.waitForMail("with the next one")
            try daemon.stop()
        }
    }

    @Test("client setup tells all that is missing at once, and makes it so: the smarthost and the split") func missing() throws {
        try withMachines(split: false, host: "mail.example") { scene, machine, relay, _ in
            let nothing = try machine.client("setup", relay, "--yes")
            #expect(nothing.exitCode == 66 && nothing.errors.contains("client new") && nothing.errors.contains("client pin"), "\(nothing)")
            try machine.client("new")
            #expect(try machine.client("setup", relay, "--yes").exitCode == 16)
            let server = try ProgramRun.run("openssl", ["x509", "-in", scene.folder("server.pem"), "-noout", "-fingerprint", "-sha256"])
            try machine.client("pin", relay, "--fingerprint", String(server.output.dropLast()))
            let settings = "/etc/exim4/update-exim4.conf.conf"
            try machine.command("sed", "-i", "s/^dc_smarthost=.*/dc_smarthost='mail.provider.example'/", settings)
            try machine.command("update-exim4.conf")
            let before = machine.configuration

            // The name is not in the certificate, which only a split configuration can take.
            let dry = try machine.client("setup", relay, "--dry-run")
            for line in ["+dc_smarthost='localhost::\(scene.exim.port)'", "+dc_use_split_config='true'", "+  event_action = "] {
                #expect(dry.exitCode == 0 && dry.output.contains(line), "\(line): \(dry)")
            }
            #expect(try machine.client("setup", relay, "--dry-run", "--json").output.contains("\"detail\" : \"dry-run\""))
            #expect(try machine.client("setup", relay).exitCode == 64)
            try machine.command("sh", "-c", "chmod 0600 '\(scene.folder("m/client/client.key"))'")
            let key = try machine.client("setup", relay, "--yes")
            #expect(key.exitCode == 78 && key.errors.contains("cannot read"), "\(key)")
            try machine.command("sh", "-c", "chmod 0640 '\(scene.folder("m/client/client.key"))'")

            // With a file between Debian's transport and ours, our lines would continue that file's transport instead.
            let between = scene.folder("m/etc-exim4/conf.d/transport/30_exim4-config_remote_smtp_smarthost-a")
            try File.write(between, "  hosts_max_try = 3\n\nother:\n  driver = smtp\n")
            let refused = try machine.client("setup", relay, "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("nothing has changed"), "\(refused)")
            try ProgramRun.run("rm", [between])
            #expect(machine.configuration == before)

            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            #expect(try machine.client("setup", relay, "--yes").errors.contains("nothing to do"))
            let way = try machine.command("exim4", "-bt", "bob@remote.example")
            #expect(way.output.contains("port=\(scene.exim.port)"), "\(way)")
            #expect(try machine.client("setup", "--remove", "--yes").exitCode == 0)
            #expect(machine.configuration == before)

            // dpkg-reconfigure writes each assignment of a name anew, ours too.
            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            try machine.command("sed", "-i", "s/^dc_smarthost=.*/dc_smarthost='other.example'/", settings)
            try machine.command("update-exim4.conf")
            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            let again = try machine.command("exim4", "-bt", "bob@remote.example")
            #expect(again.output.contains("port=\(scene.exim.port)"), "\(again)")
            try machine.command("sed", "-i", "s/^\\(dc_smarthost='[^']*'\\).*/\\1/", settings)
            let removed = try machine.client("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0 && removed.errors.contains("dpkg-reconfigure has made dc_smarthost='localhost::"), "\(removed)")
            #expect(try machine.command("cat", settings).output.contains("trustctl") == false)
        }
    }

    @Test("a host with local delivery only becomes a client by three commands, and no file is edited") func localOnly() throws {
        try RelayScene.run { scene in
            try ClientScene.useCertificate(of: scene, days: 90)
            try ClientMachine.run(in: scene.folder, kind: "local", split: false, smarthost: "") { machine in
                let relay = "localhost:\(scene.exim.port)"
                let before = machine.configuration
                try ClientScene.enrol(scene, machine, relay)
                let checked = try machine.client("check", relay)
                #expect(checked.exitCode == 0 && checked.output.contains("trusted both ways"), "\(checked)")
                try machine.send("from a host that was local")
                try scene.waitForMail("from a host that was local")
                #expect(try machine.client("setup", "--remove", "--yes").exitCode == 0)
                #expect(machine.configuration == before)
                #expect(try machine.command("exim4", "-bt", "bob@remote.example").output.contains("undeliverable"))
            }
        }
    }
}

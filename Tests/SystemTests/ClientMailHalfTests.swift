import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// Each way in which the relay trusts a client, and the client's real Exim would not send as it was agreed.
@Suite("client check asks the Exim that will send the mail")
struct ClientMailHalfTests {
    private static let update = "/etc/exim4/update-exim4.conf.conf"

    /// A relay and a client that trust each other, both with real Exims; mail flows.
    private func withTrust(
        split: Bool = true, days: Int = 90, _ body: (RelayScene, ClientMachine, _ relay: String) throws -> Void
    ) throws {
        try RelayScene.run { scene in
            try ClientScene.useCertificate(of: scene, days: days)
            try ClientMachine.run(in: scene.folder, split: split, smarthost: "localhost::\(scene.exim.port)") { machine in
                let relay = "localhost:\(scene.exim.port)"
                try ClientScene.enrol(scene, machine, relay)
                try body(scene, machine, relay)
            }
        }
    }

    private func check(_ machine: ClientMachine, _ relay: String, _ more: String...) throws -> (exit: Int32, CheckAnswer, String) {
        let said = try machine.operator.start(["client", "check", relay, "--dir", machine.folder("m/client")] + more)
            .wait(timeout: .seconds(180))
        let read = try machine.client("check", relay, "--json")
        #expect(read.exitCode == said.exitCode, "\(said) \(read)")
        return (said.exitCode, try CheckAnswer(read.output), said.output + said.errors)
    }

    @Test("a client whose mail is as it was agreed is trusted both ways, split or not", arguments: [true, false])
    func well(split: Bool) throws {
        try withTrust(split: split) { scene, machine, relay in
            let (exit, answer, text) = try check(machine, relay)
            #expect(exit == 0 && text.contains("trusted both ways"), "\(text)")
            #expect(answer.relay == "trusted" && answer.mail == "uses_pin" && answer.warnings.isEmpty, "\(answer)")
            #expect(answer.route.contains("transport remote_smtp_smarthost") && answer.route.contains("localhost ["), "\(answer)")
            try machine.send("as agreed")
            try scene.waitForMail("as agreed")
        }
    }

    @Test("Debian's configuration is not split any more: the mail goes unverified, and check says 17")
    func unsplit() throws {
        try withTrust { scene, machine, relay in
            try machine.command("sed", "-i", "s/^dc_use_split_config=.*/dc_use_split_config='false'/", Self.update)
            try machine.command("update-exim4.conf")
            let (exit, answer, text) = try check(machine, relay)
            #expect(exit == 17 && answer.state == "pin_not_used", "\(text)")
            #expect(answer.relay == "trusted" && answer.mail == "pin_not_used")
            #expect(text.contains("this host's mail does not use the pin") && text.contains("trustctl client setup \(relay)"), "\(text)")
            // It says so because it is so.
            try machine.send("in the open")
            #expect(machine.logText.contains("delivering unencrypted") || machine.logText.contains("CV=no"), "\(machine.logText)")
            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            #expect(try check(machine, relay).exit == 0)
        }
    }

    @Test("client setup is taken back: check says 17 until it is repeated")
    func removed() throws {
        try withTrust { scene, machine, relay in
            #expect(try machine.client("setup", "--remove", "--yes").exitCode == 0)
            let (exit, _, text) = try check(machine, relay)
            #expect(exit == 17 && text.contains("trustctl client setup \(relay)"), "\(text)")
            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            #expect(try check(machine, relay).exit == 0)
        }
    }

    @Test("the relay has a new certificate, which is pinned: check says 17 until client setup is repeated", arguments: [true, false])
    func replaced(split: Bool) throws {
        try withTrust(split: split) { scene, machine, relay in
            try ClientScene.useCertificate(of: scene, name: "second", days: 400)
            #expect(try check(machine, relay).exit == 11)
            let next = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            #expect(try machine.client("pin", relay, "--fingerprint", "\(next)", "--replace").exitCode == 0)
            let (exit, _, text) = try check(machine, relay)
            // Where the configuration is not split, the file is the pin, and the new one is in it.
            #expect(exit == (split ? 17 : 0), "\(text)")
            #expect(!split || text.contains("compares the relay with another fingerprint"), "\(text)")
            try machine.send("to the new one")
            #expect(try machine.waiting == (split ? 1 : 0), "\(machine.logText)")
            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            #expect(try check(machine, relay).exit == 0)
            try machine.retry()
            try scene.waitForMail("to the new one")
        }
    }

    @Test("this host's mail goes elsewhere although it was set up for the relay: 17")
    func elsewhere() throws {
        try withTrust { _, machine, relay in
            try machine.command("sed", "-i", "s/^dc_smarthost=.*/dc_smarthost='127.0.0.9::26'/", Self.update)
            try machine.command("update-exim4.conf")
            let (exit, answer, text) = try check(machine, relay)
            #expect(exit == 17 && text.contains("127.0.0.9"), "\(text)")
            #expect(answer.mail == "pin_not_used")
            // Nothing of ours says that it should go there.
            #expect(try machine.client("setup", "--remove", "--yes").exitCode == 0)
            let (other, last, _) = try check(machine, relay)
            #expect(other == 0 && last.mail == "elsewhere", "\(last)")
        }
    }

    @Test("Exim's user cannot read the client's key, or the transport shows another certificate: 17")
    func identity() throws {
        try withTrust { scene, machine, relay in
            try machine.command("chmod", "0600", scene.folder("m/client/current/client.key"))
            let (exit, _, text) = try check(machine, relay)
            #expect(exit == 17 && text.contains("cannot read"), "\(text)")
            try machine.command("chmod", "0640", scene.folder("m/client/current/client.key"))
            let other = try ClientCertificate("clients/other", in: scene.folder)
            try machine.command(
                "sed", "-i", "s,^REMOTE_SMTP_SMARTHOST_TLS_CERTIFICATE = .*,REMOTE_SMTP_SMARTHOST_TLS_CERTIFICATE = \(other.certificate),",
                scene.folder("m/client/exim_macros"))
            try machine.command("update-exim4.conf")
            let (second, _, shown) = try check(machine, relay)
            #expect(second == 17 && shown.contains("\(other.fingerprint)"), "\(shown)")
        }
    }

    @Test("another key, or a list that leaves the relay out before it names everybody: 17", arguments: ["PRIVATEKEY", "HOSTS_REQUIRE_TLS"])
    func options(name: String) throws {
        try withTrust { scene, machine, relay in
            let other = try ClientCertificate("clients/other", in: scene.folder)
            let value = name == "PRIVATEKEY" ? other.key : "! 127.0.0.1 : *"
            try machine.command(
                "sed", "-i", "s,^REMOTE_SMTP_SMARTHOST_\(name) = .*,REMOTE_SMTP_SMARTHOST_\(name) = \(value),",
                scene.folder("m/client/exim_macros"))
            try machine.command("update-exim4.conf")
            let (exit, _, text) = try check(machine, relay)
            #expect(exit == 17 && text.contains(name == "PRIVATEKEY" ? "not the certificate's key" : "does not require TLS"), "\(text)")
        }
    }

    @Test("a user's own check, on a host whose Exim root has set up: the pin counts, and root's certificate is no fault")
    func user() throws {
        try withTrust { scene, machine, relay in
            try scene.folder.makeFolder("user", mode: 0o755, owner: .daemon)
            func client(_ words: String...) throws -> ProgramRun.Outcome {
                let command =
                    ["setpriv --reuid nobody --regid nogroup --clear-groups", "'\(BuiltPrograms.trustctl)'", "client"] + words
                    + ["--dir '\(scene.folder("user/client"))'", "--config '\(scene.folder("m/trustd.conf"))'"]
                return try machine.command("sh", "-c", command.joined(separator: " "))
            }
            let made = try client("new", "--name", "alice")
            #expect(made.exitCode == 0, "\(made)")
            let server = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            #expect(try client("pin", relay, "--fingerprint", "\(server)").exitCode == 0)
            let own = try ClientCertificate.fingerprint(of: scene.folder("user/client/client.pem"))
            #expect(try scene.trustctl("approve", "\(own)", "--yes").exitCode == 0)
            let well = try client("check", relay, "--json")
            #expect(well.exitCode == 0, "\(well)")
            #expect(try CheckAnswer(well.output).mail == "uses_pin", "\(well)")
            #expect(try machine.client("setup", "--remove", "--yes").exitCode == 0)
            #expect(try client("check", relay).exitCode == 17)
        }
    }

    @Test("check --deliver sends one real message and tells its end in Exim's own words")
    func deliver() throws {
        try withTrust { scene, machine, relay in
            let sent = try machine.client("check", relay, "--deliver", "bob@remote.example")
            #expect(sent.exitCode == 0 && sent.output.contains("delivered: "), "\(sent)")
            #expect(sent.output.contains("=> bob@remote.example") && sent.output.contains("CV=yes"), "\(sent)")
            try scene.waitForMail("a test of trustctl client check")
            let read = try machine.client("check", relay, "--deliver", "bob@remote.example", "--json")
            #expect(read.exitCode == 0 && read.output.contains("\"delivery\" : {"), "\(read)")

            // The relay takes the recipient, and refuses the message.
            for bad in ["bob", "a@b,c@d", "|sh@x.example", "-x@y.example", "a b@x.example"] {
                #expect(try machine.client("check", relay, "--deliver=\(bad)").exitCode == 64, "\(bad)")
            }
            #expect(try machine.client("setup", "--remove", "--yes").exitCode == 0)
            let before = try scene.folder.read("mail/inbox")
            let unsent = try machine.client("check", relay, "--deliver", "bob@remote.example")
            #expect(unsent.exitCode == 17 && unsent.errors.contains("nothing was sent"), "\(unsent)")
            #expect(try scene.folder.read("mail/inbox") == before)
        }
    }
}

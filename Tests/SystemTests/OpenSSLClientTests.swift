import Testing
import TrustCore
import TrustTestSupport

/// Relay and client are real Exims that were built with OpenSSL.
@Suite("A client whose Exim has OpenSSL, at a relay whose Exim has it too", .skipped(by: OpenSSLExim.obstacle))
struct OpenSSLClientTests {
    private func withMachines(
        _ rules: EximConfiguration.Rules, kind: String = "smarthost", _ body: (RelayScene, ClientMachine, _ relay: String) throws -> Void
    ) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        configuration.hasOpenSSL = true
        try RelayScene.run(configuration) { scene in
            try ClientScene.useCertificate(of: scene, days: 90)
            let smarthost = kind == "local" ? "" : "localhost::\(scene.exim.port)"
            try ClientMachine.run(in: scene.folder, kind: kind, split: kind != "local", smarthost: smarthost, hasOpenSSL: true) { machine in
                try body(scene, machine, "localhost:\(scene.exim.port)")
            }
        }
    }

    @Test(
        "one code and one command, from a host with local delivery only to delivered mail",
        arguments: [EximConfiguration.Rules.fingerprints, .certificates])
    func join(rules: EximConfiguration.Rules) throws {
        try withMachines(rules, kind: "local") { scene, machine, relay in
            let daemon = try scene.startDaemon()
            let before = machine.configuration
            let (invite, code) = try scene.startInviting("--label", "laptop", "--relay", relay)
            try scene.folder.write("code", code + "\n", mode: 0o600)
            let joined = try machine.client("join", relay, "--code-file", scene.folder("code"), "--setup", "--yes")
            #expect(joined.exitCode == 0 && joined.output.contains("trusted both ways"), "\(joined)")
            #expect(try invite.wait().exitCode == 0)
            let checked = try machine.client("check", relay, "--json")
            let answer = try CheckAnswer(checked.output)
            #expect(checked.exitCode == 0 && answer.relay == "trusted" && answer.mail == "uses_pin", "\(checked)")
            try machine.send("after one code")
            try scene.waitForMail("after one code")
            let delivered = try machine.client("check", relay, "--deliver", "bob@remote.example")
            #expect(delivered.exitCode == 0 && delivered.output.contains("=> bob@remote.example"), "\(delivered)")
            #expect(try machine.client("setup", "--remove", "--yes").exitCode == 0)
            #expect(machine.configuration == before)
            try daemon.stop()
        }
    }

    @Test("a new certificate of the relay is pinned: mail waits (17) until client setup is repeated")
    func replaced() throws {
        try withMachines(.fingerprints) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            try ClientScene.useCertificate(of: scene, name: "second", days: 400)
            #expect(try machine.client("check", relay).exitCode == 11)
            try machine.send("to the new one")
            #expect(try machine.waiting == 1, "\(machine.logText)")
            let next = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            #expect(try machine.client("pin", relay, "--fingerprint", "\(next)", "--replace").exitCode == 0)
            let said = try machine.client("check", relay)
            #expect(said.exitCode == 17 && said.output.contains("compares the relay with another fingerprint"), "\(said)")
            try machine.retry()
            #expect(try machine.waiting == 1 && machine.logText.contains("not the pinned certificate"), "\(machine.logText)")
            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            #expect(try machine.client("check", relay).exitCode == 0)
            try machine.retry()
            try scene.waitForMail("to the new one")
        }
    }

    @Test("a renewed certificate is used only when the relay trusts it, and mail keeps flowing", arguments: [true, false])
    func renewed(sameKey: Bool) throws {
        try withMachines(.certificates) { scene, machine, relay in
            let daemon = try scene.startDaemon()
            try ClientScene.enrol(scene, machine, relay)
            let old = try machine.fingerprint
            let words = ["renew"] + (sameKey ? ["--same-key"] : [])
            func renew() throws -> ProgramRun.Outcome {
                try machine.operator.start(["client"] + words + ["--dir", machine.folder("m/client")]).wait(timeout: .seconds(180))
            }
            #expect(try renew().exitCode == 10)
            try machine.send("with the old one")
            try scene.waitForMail("with the old one")
            try waitUntil("the next one is pending") { try scene.operator.entries().count == 1 }
            let next = try #require(try scene.operator.entries().first?.fingerprint)
            let approved = try scene.trustctl("approve", next, "--yes")
            #expect(approved.exitCode == 0 && !approved.errors.contains("cannot"), "\(approved)")
            let done = try renew()
            #expect(done.exitCode == 0, "\(done)")
            #expect("\(try machine.fingerprint)" == next)
            #expect(try scene.trustctl("revoke", "\(old)", "--only", "--yes").exitCode == 0)
            try machine.send("with the next one")
            try scene.waitForMail("with the next one")
            try daemon.stop()
        }
    }
}

import Testing
import TrustCore
import TrustTestSupport

/// What is true of the two certificates, whatever the relay's operator approves.
@Suite("client check knows certificates with which no mail will go")
struct ClientStateTests {
    private func withMachine(
        _ server: (RelayScene) throws -> Void, hasOpenSSL: Bool = false, relayHasOpenSSL: Bool = false,
        _ body: (RelayScene, ClientMachine, _ relay: String) throws -> Void
    ) throws {
        var configuration = EximConfiguration()
        configuration.hasOpenSSL = relayHasOpenSSL
        try RelayScene.run(configuration) { scene in
            try server(scene)
            let smarthost = "localhost::\(scene.exim.port)"
            try ClientMachine.run(in: scene.folder, split: true, smarthost: smarthost, hasOpenSSL: hasOpenSSL) { machine in
                try body(scene, machine, "localhost:\(scene.exim.port)")
            }
        }
    }

    private func check(_ machine: ClientMachine, _ relay: String) throws -> (exit: Int32, answer: CheckAnswer) {
        let read = try machine.client("check", relay, "--json")
        return (read.exitCode, try CheckAnswer(read.output))
    }

    @Test(
        "the pinned relay's certificate has expired: 18, approved or not, and the mail waits",
        arguments: [false, true])
    func expired(hasOpenSSL: Bool) throws {
        if hasOpenSSL, let obstacle = OpenSSLExim.obstacle { try Skipping.skip(because: obstacle) }
        try withMachine(
            { scene in
                let old = try ClientCertificate(
                    "clients/old", startingIn: "20200101000000Z", endingIn: "20210101000000Z", usage: "serverAuth", in: scene.folder)
                try ClientScene.use(old, in: scene)
            },
            hasOpenSSL: hasOpenSSL
        ) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            let said = try machine.client("check", relay)
            #expect(said.exitCode == 18 && said.output.contains("expired at 2021-01-01"), "\(said)")
            #expect(said.errors.contains("hint: ") && said.errors.contains("--replace"), "\(said)")
            #expect(try check(machine, relay).answer.state == "relay_certificate_expired")
            try machine.send("too late")
            #expect(try machine.waiting == 1, "\(machine.logText)")
            #expect(machine.logText.contains(hasOpenSSL ? "certificate has expired" : "certificate invalid"), "\(machine.logText)")
            #expect(try scene.trustctl("revoke", "\(machine.fingerprint)", "--yes").exitCode == 0)
            #expect(try check(machine, relay).exit == 18)
        }
    }

    @Test("a note tells that the relay's certificate ends within 30 days") func ending() throws {
        try withMachine({ scene in try ClientScene.useCertificate(of: scene, days: 20) }) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            let (exit, answer) = try check(machine, relay)
            let days = [19, 20].map { "the relay's certificate expires in \($0) days" }
            #expect(exit == 0 && answer.warnings.contains { warning in days.contains { warning.contains($0) } }, "\(answer)")
            try ClientScene.useCertificate(of: scene, name: "longer", days: 40)
            let next = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            #expect(try machine.client("pin", relay, "--fingerprint", "\(next)", "--replace").exitCode == 0)
            let set = try machine.client("setup", relay, "--yes")
            #expect(set.exitCode == 0, "\(set)")
            #expect(try check(machine, relay).answer.warnings.isEmpty)
        }
    }

    @Test("an unknown authority has issued the relay's certificate: 19 with OpenSSL", arguments: [true, false])
    func unknownAuthority(isOpenSSL: Bool) throws {
        if isOpenSSL, let obstacle = OpenSSLExim.obstacle { try Skipping.skip(because: obstacle) }
        var made: ClientCertificate?
        try withMachine(
            { scene in
                let authority = try ClientCertificate("clients/authority", host: "Authority", isAuthority: true, in: scene.folder)
                let issued = try ClientCertificate("clients/issued", host: "localhost", issuedBy: authority, days: 90, in: scene.folder)
                try ClientScene.use(issued, in: scene, alsoShowing: [authority])
                made = authority
            }, hasOpenSSL: isOpenSSL
        ) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            let said = try machine.client("check", relay)
            #expect(said.exitCode == (isOpenSSL ? 19 : 0), "\(said)")
            try machine.send("as check says")
            if isOpenSSL {
                #expect(said.output.contains("cannot verify") && said.output.contains("issued its certificate"), "\(said)")
                #expect(said.errors.contains("update-ca-certificates"), "\(said)")
                #expect(try check(machine, relay).answer.mail == "relay_not_verifiable")
                #expect(try machine.waiting == 1, "\(machine.logText)")
                #expect(machine.logText.contains("self-signed certificate in certificate chain"), "\(machine.logText)")
                try machine.trust(try #require(made))
                let mended = try machine.client("check", relay)
                #expect(mended.exitCode == 0, "\(mended)")
                try machine.retry()
            }
            // An Exim with GnuTLS takes it at once.
            try scene.waitForMail("as check says")
        }
    }

    @Test("the same relay shows its certificate without its authority's: 19, and the mail waits", .skipped(by: OpenSSLExim.obstacle))
    func alone() throws {
        try withMachine(
            { scene in
                let authority = try ClientCertificate("clients/authority", host: "Authority", isAuthority: true, in: scene.folder)
                let issued = try ClientCertificate("clients/issued", host: "localhost", issuedBy: authority, days: 90, in: scene.folder)
                try ClientScene.use(issued, in: scene)
            }, hasOpenSSL: true
        ) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            #expect(try check(machine, relay).exit == 19)
            try machine.send("never")
            #expect(try machine.waiting == 1 && machine.logText.contains("unable to get local issuer certificate"), "\(machine.logText)")
        }
    }

    @Test(
        "a relay's certificate that is for clients only: 19 with OpenSSL; GnuTLS takes it", arguments: [true, false])
    func forClients(hasOpenSSL: Bool) throws {
        if hasOpenSSL, let obstacle = OpenSSLExim.obstacle { try Skipping.skip(because: obstacle) }
        try withMachine(
            { scene in try ClientScene.use(try ClientCertificate("clients/localhost", in: scene.folder), in: scene) },
            hasOpenSSL: hasOpenSSL
        ) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            let said = try machine.client("check", relay)
            try machine.send("to a client")
            if hasOpenSSL {
                #expect(said.exitCode == 19 && said.output.contains("unsuitable certificate purpose"), "\(said)")
                #expect(try machine.waiting == 1 && machine.logText.contains("unsuitable certificate purpose"), "\(machine.logText)")
            } else {
                #expect(said.exitCode == 0, "\(said)")
                #expect(try machine.waiting == 0, "\(machine.logText)")
                try scene.waitForMail("to a client")
            }
        }
    }

    @Test(
        "an Exim with OpenSSL verifies a self-signed relay, and its fingerprint is the pin",
        .skipped(by: OpenSSLExim.obstacle))
    func selfSigned() throws {
        try withMachine({ scene in try ClientScene.useCertificate(of: scene, days: 90) }, hasOpenSSL: true) {
            scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            #expect(try check(machine, relay).exit == 0)
            try machine.send("as agreed")
            try scene.waitForMail("as agreed")
            #expect(machine.logText.contains("CV=yes"), "\(machine.logText)")
            // Without the comparison it would take what any authority of the system has issued.
            try machine.command("rm", "/etc/exim4/conf.d/transport/30_exim4-config_remote_smtp_smarthost_trustd")
            try machine.command("update-exim4.conf")
            let said = try machine.client("check", relay)
            #expect(said.exitCode == 17 && said.output.contains("system's authorities"), "\(said)")
        }
    }

    @Test("an Exim that does not answer in time says nothing of its mail, and a warning tells it") func slow() throws {
        try withMachine({ scene in try ClientScene.useCertificate(of: scene, days: 90) }) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            try scene.folder.write(
                "slow", "#!/bin/sh\ncase \" $* \" in *\" -bt \"*) exec sleep 600 ;; esac\nexec \(PrivateExim.binary) \"$@\"\n", mode: 0o755)
            try scene.folder.write("m/trustd.conf", scene.folder.read("m/trustd.conf") + "exim = \(scene.folder("slow"))\n")
            let read = try machine.client("check", relay, "--timeout", "15", "--json")
            let answer = try CheckAnswer(read.output)
            #expect(read.exitCode == 0 && answer.mail == "unknown", "\(read)")
            #expect(answer.warnings.contains { $0.contains("was not examined") }, "\(answer)")
            // One that refuses its own configuration sends nothing.
            try scene.folder.write(
                "slow", "#!/bin/sh\necho 'Exim configuration error in line 1' >&2\nexit 1\n", mode: 0o755)
            #expect(try machine.client("check", relay).exitCode == 17)
        }
    }

    @Test(
        "a key whose signatures the relay's TLS does not take: 20, before and after approval",
        arguments: ["secp224r1", "brainpoolP256r1", "secp256k1"], [false, true])
    func curve(name: String, hasOpenSSL: Bool) throws {
        if hasOpenSSL, let obstacle = OpenSSLExim.obstacle { try Skipping.skip(because: obstacle) }
        try withMachine(
            { scene in try ClientScene.useCertificate(of: scene, days: 90) }, hasOpenSSL: hasOpenSSL, relayHasOpenSSL: hasOpenSSL
        ) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            let place = scene.folder("m/client/current")
            let made = try ProgramRun.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(name)", "-nodes", "-days", "90", "-subj", "/CN=odd",
                    "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", place + "/client.key", "-out", place + "/client.pem",
                ])
            #expect(made.exitCode == 0, "\(made)")
            let before = try machine.client("check", relay)
            #expect(before.exitCode == 20 && before.output.contains("never be accepted") && before.output.contains(name), "\(before)")
            #expect(before.errors.contains("trustctl client renew"), "\(before)")
            let own = try machine.fingerprint
            #expect(try scene.trustctl("approve", "\(own)", "--certificate", place + "/client.pem", "--yes").exitCode == 0)
            let (exit, answer) = try check(machine, relay)
            #expect(exit == 20 && answer.state == "own_certificate_never_accepted", "\(answer)")
            try machine.send("never")
            #expect(!machine.logText.contains("=> bob@remote.example"), "\(machine.logText)")
        }
    }

    @Test("doctor on a client's host examines what its mail does, and does not speak of a relay") func doctor() throws {
        try withMachine({ scene in try ClientScene.useCertificate(of: scene, days: 90) }) { scene, machine, relay in
            func doctor() throws -> ProgramRun.Outcome {
                try machine.operator.start(["doctor", "--json", "--dir", machine.folder("m/client")]).wait(timeout: .seconds(180))
            }
            try ClientScene.enrol(scene, machine, relay)
            let well = try doctor()
            #expect(well.exitCode == 0 && !well.output.contains("\"id\""), "\(well)")
            try machine.command("sed", "-i", "s/^dc_use_split_config=.*/dc_use_split_config='false'/", "/etc/exim4/update-exim4.conf.conf")
            try machine.command("update-exim4.conf")
            let ill = try doctor()
            #expect(ill.exitCode == 78 && ill.output.contains("client-pin-not-used"), "\(ill)")
            #expect(ill.output.contains("trustctl client setup \(relay)") && !ill.output.contains("trustctl setup"), "\(ill)")
            // A damaged client is a client too.
            try machine.command("rm", scene.folder("m/client/current/client.key"))
            let damaged = try doctor()
            #expect(damaged.exitCode == 78 && damaged.output.contains("client-unsound"), "\(damaged)")
            #expect(!damaged.output.contains("trustctl setup"), "\(damaged)")
        }
    }
}

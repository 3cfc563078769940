import Testing
import TrustCore
import TrustTestSupport

/// What is true of the two certificates, whatever the relay's operator approves.
@Suite("client check knows certificates with which no mail will go")
struct ClientStateTests {
    private func withMachine(
        _ server: (RelayScene) throws -> Void, exim: (RelayScene) throws -> String = { _ in "" },
        _ body: (RelayScene, ClientMachine, _ relay: String) throws -> Void
    ) throws {
        try RelayScene.run { scene in
            try server(scene)
            try ClientMachine.run(in: scene.folder, split: true, smarthost: "localhost::\(scene.exim.port)") { machine in
                try scene.folder.write("m/trustd.conf", scene.folder.read("m/trustd.conf") + exim(scene))
                try body(scene, machine, "localhost:\(scene.exim.port)")
            }
        }
    }

    private func check(_ machine: ClientMachine, _ relay: String) throws -> (exit: Int32, answer: CheckAnswer) {
        let read = try machine.client("check", relay, "--json")
        return (read.exitCode, try CheckAnswer(read.output))
    }

    @Test("the pinned relay's certificate has expired: 18, before and after approval, and the mail waits") func expired() throws {
        try withMachine({ scene in
            try ClientScene.use(try ClientCertificate("clients/old", .expired, in: scene.folder), in: scene)
        }) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            let said = try machine.client("check", relay)
            #expect(said.exitCode == 18 && said.output.contains("expired at 2021-01-01"), "\(said)")
            #expect(said.errors.contains("hint: ") && said.errors.contains("--replace"), "\(said)")
            #expect(try check(machine, relay).answer.state == "relay_certificate_expired")
            try machine.send("too late")
            #expect(try machine.waiting == 1, "\(machine.logText)")
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
            #expect(try machine.client("setup", relay, "--yes").exitCode == 0)
            #expect(try check(machine, relay).answer.warnings.isEmpty)
        }
    }

    /// Debian has no Exim with OpenSSL. This one says that it is one, and is Debian's otherwise; that such an Exim defers for ever was seen
    /// with 4.99.1 (“unable to get local issuer certificate”).
    private static func claimingOpenSSL(_ scene: RelayScene) throws -> String {
        try scene.folder.write(
            "exim-openssl",
            """
            #!/bin/sh
            case " $* " in
                *" -bV "*) \(PrivateExim.binary) "$@" | sed 's/GnuTLS/OpenSSL/g' ;;
                *) exec \(PrivateExim.binary) "$@" ;;
            esac

            """, mode: 0o755)
        return "exim = \(scene.folder("exim-openssl"))\n"
    }

    @Test("an authority that this host does not know has issued the relay's certificate: 19 with OpenSSL", arguments: [true, false])
    func unknownAuthority(isOpenSSL: Bool) throws {
        try withMachine(
            { scene in
                let authority = try ClientCertificate("clients/authority", host: "Authority", isAuthority: true, in: scene.folder)
                let issued = try ClientCertificate("clients/issued", host: "localhost", issuedBy: authority, days: 90, in: scene.folder)
                try ClientScene.use(issued, in: scene, alsoShowing: [authority])
            }, exim: { try isOpenSSL ? Self.claimingOpenSSL($0) : "" }
        ) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            let said = try machine.client("check", relay)
            #expect(said.exitCode == (isOpenSSL ? 19 : 0), "\(said)")
            if isOpenSSL {
                #expect(said.output.contains("cannot verify") && said.output.contains("issued its certificate"), "\(said)")
                #expect(said.errors.contains("update-ca-certificates"), "\(said)")
                #expect(try check(machine, relay).answer.mail == "relay_not_verifiable")
            } else {
                // An Exim with GnuTLS takes it, as check says.
                try machine.send("with GnuTLS")
                try scene.waitForMail("with GnuTLS")
            }
        }
    }

    @Test("a self-signed relay is verified by an Exim with OpenSSL too, and its fingerprint is the pin") func selfSigned() throws {
        try withMachine({ scene in try ClientScene.useCertificate(of: scene, days: 90) }, exim: { try Self.claimingOpenSSL($0) }) {
            scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay)
            #expect(try check(machine, relay).exit == 0)
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
        arguments: ["secp224r1", "brainpoolP256r1", "secp256k1"])
    func curve(name: String) throws {
        try withMachine({ scene in try ClientScene.useCertificate(of: scene, days: 90) }) { scene, machine, relay in
            try ClientScene.enrol(scene, machine, relay, settingUp: false)
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
            #expect(try scene.trustctl("approve", "\(machine.fingerprint)", "--yes").exitCode == 0)
            let (exit, answer) = try check(machine, relay)
            #expect(exit == 20 && answer.state == "own_certificate_never_accepted", "\(answer)")
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

import Testing
import TrustCore
import TrustTestSupport

/// What must not be taken from a relay that hands a certificate over.
@Suite("Attacks on the certificate that is handed over")
struct HandOverAttackTests {
    /// Whatever the relay says, the client keeps `shown`.
    private func expectKept(_ scene: RelayScene, _ shown: ClientCertificate, _ told: String) throws {
        #expect(try scene.inUse("laptop").fingerprint == shown.fingerprint, "\(told)")
        #expect(File.names(in: scene.folder("laptop")).filter { $0.hasPrefix("identity") || $0 == "next" } == ["identity-1"], "\(told)")
    }

    @Test("the attack: one for another key, of a CA, self-signed, over, not yet valid, or two: none is taken")
    func wrongOnes() throws {
        try RelayScene.withOwnAuthority { scene in
            let shown = try scene.waitingMachine("laptop")
            let other = try scene.refusedClient("other")
            let foreign = try scene.sign(other)
            let authority = try CertificateAuthority("clients/ca2", in: scene.folder)
            let right = try File.read(scene.sign(shown).certificate)
            func write(_ text: String) throws { try scene.folder.write("etc/issued/\(shown.fingerprint)", text) }
            let late = try ClientCertificate("clients/late", .notYetValid, in: scene.folder, keyOf: shown)
            for (text, words) in [
                (try File.read(foreign.certificate), "it is for another key"),
                (try File.read(ClientCertificate("clients/self", in: scene.folder, keyOf: shown).certificate), "no CA has issued it"),
                (try File.read(ClientCertificate("clients/auth", .authority, in: scene.folder, keyOf: shown).certificate), "CA:TRUE"),
                (try File.read(authority.issue("clients/over", days: 0, to: shown.key).certificate), "it ended at"),
                (try File.read(late.certificate), "no CA has issued it"), (right + right, "holds 2 certificates"),
                (right + (try File.read(shown.key)), "private key"), ("words\n", "not a certificate"),
            ] {
                try write(text)
                let checked = try scene.client("laptop", "check", scene.relayName)
                #expect(
                    checked.exitCode == 10 && checked.errors.contains("that is not taken: ") && checked.errors.contains(words), "\(checked)"
                )
                try expectKept(scene, shown, "\(checked)")
            }
            try write(right)
            #expect(try scene.client("laptop", "check", scene.relayName).exitCode == 0)
        }
    }

    @Test("the attack: a man in the middle, or another relay, hands one over; he is not even shown ours")
    func anotherRelay() throws {
        try RelayScene.withOwnAuthority { scene in
            let shown = try scene.waitingMachine("laptop")
            _ = try scene.sign(shown)
            let lines = scene.exim.logText
            // The client has pinned another relay at this address.
            let mallory = try ClientCertificate("clients/mallory", in: scene.folder)
            let pinned = try scene.client("laptop", "pin", scene.relayName, "--expect-from", scene.folder("server.pem"))
            #expect(pinned.exitCode == 0)
            let file = try #require(File.names(in: scene.folder("laptop/relays")).first)
            let right = try scene.folder.read("laptop/relays/\(file)")
            try scene.folder.write("laptop/relays/\(file)", File.read(mallory.certificate))
            let checked = try scene.client("laptop", "check", scene.relayName)
            #expect(checked.exitCode == 11 && !checked.text.contains("issued"), "\(checked)")
            try expectKept(scene, shown, "\(checked)")
            #expect(!scene.exim.logText.dropFirst(lines.count).contains("\(shown.fingerprint)"))
            try scene.folder.write("laptop/relays/\(file)", right)
            #expect(try scene.client("laptop", "check", scene.relayName).exitCode == 0)
        }
    }

    @Test("the attack: somebody without the key shows the public certificate of another, and gets nothing")
    func withoutKey() throws {
        try RelayScene.withOwnAuthority { scene in
            let (shown, thief) = (try scene.waitingMachine("laptop"), try scene.refusedClient("thief"))
            _ = try scene.sign(shown)
            func told(_ certificate: String, _ key: String, _ recipient: String = RelayClient.foreignRecipient) throws -> String {
                try ProgramRun.run(
                    "swaks",
                    [
                        "--server", "127.0.0.1:\(scene.exim.port)", "--from", "<>", "--to", recipient, "--tls", "--tls-cert", certificate,
                        "--tls-key", key, "--quit-after", "RCPT",
                    ]
                ).text
            }
            #expect(try told(shown.certificate, shown.key).contains("550-issued:"))
            #expect(try !told(thief.certificate, thief.key).contains("issued:"))
            #expect(try !told(shown.certificate, thief.key).contains("issued:"))
            // Ordinary mail to the relay's own users passes.
            #expect(try !told(shown.certificate, shown.key, "postmaster@relay.example").contains("550"))
        }
    }

    @Test("a next certificate that waits is not thrown away, and one that trustctl has not made is not replaced")
    func notReplaced() throws {
        try RelayScene.withOwnAuthority { scene in
            let shown = try scene.waitingMachine("laptop")
            #expect(try scene.client("laptop", "renew").exitCode == 10)
            let waiting = try scene.next("laptop").fingerprint
            _ = try scene.sign(shown)
            let checked = try scene.client("laptop", "check", scene.relayName)
            #expect(checked.exitCode == 75 && checked.errors.contains("a next one waits already"), "\(checked)")
            #expect(try scene.next("laptop").fingerprint == waiting && scene.inUse("laptop").fingerprint == shown.fingerprint)
        }
    }
}

import Testing
import TrustCore
import TrustTestSupport

/// What approve and show say of certificates that real clients have shown.
@Suite("A card says what a certificate is")
struct CertificateCardTests {
    @Test("approve says of a certificate that it ends after the last day that Exim counts, and it relays") func late() throws {
        try RelayScene.run { scene in
            let client = try scene.makeClient("late", .late)
            let approved = try scene.trustctl("approve", "\(client.fingerprint)", "--certificate", client.certificate, "--yes")
            #expect(approved.exitCode == 0 && approved.text.contains("exim cuts dates to 32 bits"), "\(approved)")
            #expect(try scene.exim.client.replyToRecipient(showing: client) == 250)
        }
    }

    /// OpenSSL's clients refuse to show such a certificate (“ca md too weak”), so its file is named.
    @Test("approve and show say that ECDSA with SHA-3 could not be checked, not that it is wrong") func unchecked() throws {
        try RelayScene.run { scene in
            let (key, file) = (scene.folder("clients/sha3.key"), scene.folder("clients/sha3.pem"))
            let made = try ProgramRun.run(
                "openssl",
                [
                    "req", "-x509", "-sha3-256", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365", "-subj",
                    "/CN=sha3", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", file,
                ])
            #expect(made.exitCode == 0, "\(made)")
            let approved = try scene.trustctl("approve", "--certificate", file, "--yes")
            let own = try ClientCertificate.fingerprint(of: file)
            let shown = try scene.trustctl("show", "\(own)")
            let words = "whether its own key has signed it could not be checked: this OpenSSL cannot check ecdsa_with_SHA3-256"
            for card in [approved, shown] {
                let text = card.text.replacing(#/\s+/#, with: " ")
                #expect(card.exitCode == 0 && text.contains(words) && !text.contains("not signed with its own key"), "\(card)")
            }
        }
    }

    @Test("a client with an RSA and an EC certificate has two fingerprints, and both cards say so") func twoChains() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            try scene.folder.makeFolder("clients/two", mode: 0o700)
            let one = try scene.makeClient("alice", .leaf)
            let two = try scene.makeClient("two/alice", .rsa)
            let other = try scene.makeClient("two/bob", .rsa)
            for client in [one, two, other] { #expect(try scene.exim.client.replyToRecipient(showing: client) == 550) }
            for client in [one, two, other] { try scene.operator.waitUntilPending(client) }
            let words = "a client with both shows one or the other"
            for client in [one, two] { #expect(try scene.trustctl("show", "\(client.fingerprint)").output.contains(words)) }
            #expect(try !scene.trustctl("show", "\(other.fingerprint)").output.contains(words))
            try daemon.stop()
        }
    }

    @Test("client new for a hundred years ends on the last day that Exim counts, and says so") func hundredYears() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let made = try ProgramRun.run(BuiltPrograms.trustctl, ["client", "new", "--days", "36500", "--dir", folder("client")])
        #expect(made.exitCode == 0 && made.output.contains("to 2106-02-07T06:28:15Z") && made.errors.contains("2106-02-07"), "\(made)")
    }
}

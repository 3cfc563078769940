import Testing
import TrustTestSupport

/// The digests that Exim computes for a client without a certificate, or for every client: in the list they would open the relay to everyone.
@Suite("The digests of no certificate")
struct NoCertificateTests {
    private static let unset = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
    private static let nothing = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
    /// What an ACL with `${sha2:…}` computes for every client that shows a certificate.
    private static let word = "6B9F26466C6D021338352B7F97670E356F5FD4A0D47434CE9622BDFE4CC3E118"

    /// The spellings of a fingerprint that people and programs use.
    private static let spellings = [unset, nothing, word].flatMap { digest in
        let pairs = stride(from: 0, to: 64, by: 2).map { at in String(digest.dropFirst(at).prefix(2)) }
        return [
            digest, digest.lowercased(), pairs.joined(separator: ":"), pairs.joined(separator: " "),
            "SHA256 Fingerprint=" + pairs.joined(separator: ":"), "sha256 Fingerprint=" + pairs.joined(separator: ":").lowercased(),
        ]
    }

    @Test("every command refuses the digests of no certificate, in every spelling")
    func commands() throws {
        try RelayScene.run { scene in
            let before = scene.listText
            for spelling in Self.spellings {
                for command in [
                    ["approve", spelling, "--yes"], ["deny", spelling, "--yes"], ["revoke", spelling, "--yes"],
                    ["forget", spelling, "--yes"], ["show", spelling],
                ] {
                    let outcome = try scene.operator.start(command).wait()
                    #expect(outcome.exitCode == 65, "\(outcome)")
                }
            }
            #expect(scene.listText == before)
            #expect(File.names(in: scene.folder("ledger/denied")).isEmpty)
        }
    }

    @Test("the digests of no certificate are never queued, even if the log contains them")
    func log() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            for digest in [Self.unset, Self.nothing, Self.word] {
                try File.append(
                    scene.exim.log,
                    "2026-11-22 17:41:59 Attempt to relay from a certificate which has not been explicitly allowed: \(digest)\n")
            }
            let alice = try scene.refusedClient("alice")
            #expect(File.names(in: scene.folder("state/pending")) == ["\(alice.fingerprint)"])
            try daemon.stop()
        }
    }

    @Test("a digest of no certificate put in the list by hand admits nobody, and is reported")
    func byHand() throws {
        var configuration = EximConfiguration()
        configuration.hashes = Self.unset
        try RelayScene.run(configuration) { scene in
            #expect(try scene.reply(to: nil) == 550)
            let alice = try scene.makeClient("alice")
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect([65, 78].contains(outcome.exitCode), "\(outcome)")
            #expect(outcome.errors.contains("relay_from_certs:1"), "\(outcome)")
        }
    }
}

import Testing
import TrustTestSupport

/// The files shipped in `etc/exim/debian`, in Debian's own configuration. Needs neither `trustd` nor `trustctl`.
@Suite("The shipped macros in Debian's configuration")
struct DebianConfigurationTests {
    @Test(
        "listed clients get 250, unlisted ones 550 and a log line, and local mail is accepted",
        arguments: [true, false], ["certificates", "fingerprints"])
    func rules(split: Bool, rules: String) throws {
        var options = DebianScene.Options()
        options.split = split
        options.rules = rules
        try DebianScene.run(options) { scene in
            let alice = try scene.makeClient("alice")
            let stranger = try scene.makeClient("stranger")
            if rules == "certificates" {
                for client in [alice, stranger] {
                    try scene.folder.write("etc/certs/\(client.fingerprint).pem", File.read(client.certificate))
                }
                try scene.exim.reload()
            }
            #expect(try scene.reply(to: alice) == 550)
            #expect(scene.exim.logText.contains("not been explicitly allowed: \(alice.fingerprint) [127.0.0.2] MII"))

            let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(poison) : \(alice.fingerprint)\n")
            try scene.exim.reload()
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.exim.client.replyToMessage("first", showing: alice) == 250)
            #expect(try scene.exim.ask("-bpc").output == "1\n")
            #expect(try scene.reply(to: stranger) == 550)
            #expect(try scene.reply(to: nil) == 550)
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
            #expect(try scene.exim.client.replyToRecipient("postmaster@relay.example", showing: stranger) == 250)
            #expect(scene.exim.logText.split(separator: "\n").count { $0.contains("allowed: \(stranger.fingerprint)") } == 1)
            #expect(scene.exim.panicText == "")
        }
    }

    @Test(
        "an approved certificate outside its dates is refused; one that ends after 2106 relays",
        arguments: ["certificates", "fingerprints"], [(ClientCertificate.Kind.expired, 550), (.late, 250)])
    func dates(rules: String, certificate: (kind: ClientCertificate.Kind, reply: Int)) throws {
        var options = DebianScene.Options()
        options.rules = rules
        try DebianScene.run(options) { scene in
            let client = try scene.makeClient("client", certificate.kind)
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(client.fingerprint)\n")
            try scene.folder.write("etc/certs/client.pem", File.read(client.certificate))
            try scene.exim.reload()
            #expect(try scene.reply(to: client) == certificate.reply)
        }
    }

    @Test("with a slash behind the directory, an Exim with GnuTLS sees new certificates by itself")
    func slash() throws {
        var options = DebianScene.Options()
        options.rules = "certificates"
        try DebianScene.run(options) { scene in
            let alice = try scene.makeClient("alice")
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(alice.fingerprint)\n")
            try scene.exim.reload()
            #expect(try scene.reply(to: alice) == 550)
            try scene.folder.write("etc/certs/alice.pem", File.read(alice.certificate))
            try waitUntil("Exim has read the directory again") { try scene.reply(to: alice) == 250 }
        }
    }

    @Test("the test scene leaves the machine's own Exim files untouched")
    func machine() throws {
        let before = try ProgramRun.run("sh", ["-c", "ls -lR --full-time /etc/exim4 /var/lib/exim4"]).output
        try DebianScene.run { scene in #expect(scene.generated.contains("TRUSTD_CERT_IN_DATE")) }
        #expect(try ProgramRun.run("sh", ["-c", "ls -lR --full-time /etc/exim4 /var/lib/exim4"]).output == before)
    }
}

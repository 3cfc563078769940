import Testing
import TrustCore
import TrustTestSupport

/// The files shipped in `etc/exim`, on a real Exim: who gets 250, who gets 550, what is logged. Needs neither `trustd` nor `trustctl`.
@Suite("The shipped Exim configuration")
struct ShippedConfigurationTests {
    private static let poison = [
        "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C",
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
    ]

    private static func configuration(_ rules: EximConfiguration.Rules, listing: [ClientCertificate] = []) -> EximConfiguration {
        var configuration = EximConfiguration()
        configuration.rules = rules
        configuration.hashes = listing.map { "\($0.fingerprint)" }.joined(separator: " : ")
        return configuration
    }

    @Test("Exim accepts the shipped configuration", arguments: EximConfiguration.Rules.allCases, EximConfiguration.List.allCases)
    func check(rules: EximConfiguration.Rules, list: EximConfiguration.List) throws {
        var configuration = Self.configuration(rules)
        configuration.list = list
        try RelayScene.run(configuration) { scene in
            let check = try scene.exim.check()
            #expect(check.exitCode == 0, "\(check)")
            #expect(try scene.exim.ask("-bP", "macro", "RELAY_FROM_CERTS").output.hasPrefix("RELAY_FROM_CERTS="))
        }
    }

    @Test(
        "a stranger is refused and logged, and admitted once the list has its hash", arguments: EximConfiguration.Rules.allCases)
    func listed(rules: EximConfiguration.Rules) throws {
        try RelayScene.run(Self.configuration(rules)) { scene in
            let client = try scene.makeClient("alice")
            #expect(try scene.reply(to: client) == 550)
            #expect(scene.exim.logText.contains("not been explicitly allowed: \(client.fingerprint)"))
            try scene.writeConfiguration(Self.configuration(rules, listing: [client]))
            try scene.exim.reload()
            #expect(try scene.reply(to: client) == 250)
            #expect(try scene.exim.client.replyToMessage("first", showing: client) == 250)
            try scene.waitForMail("first")
        }
    }

    @Test("our log line has address and certificate, or no certificate if it is too long", arguments: [true, false])
    func extendedLine(long: Bool) throws {
        try RelayScene.run(Self.configuration(.fingerprints)) { scene in
            let client = try scene.makeClient("alice", long ? .long : .leaf)
            #expect(try scene.reply(to: client) == 550)
            let line = try #require(
                scene.exim.logText.split(separator: "\n").first { $0.contains("explicitly allowed: \(client.fingerprint)") })
            #expect(line.hasSuffix(" [127.0.0.2]") == long)
            if !long {
                let body = try File.read(client.certificate).split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
                #expect(line.hasSuffix(" [127.0.0.2] \(body)"))
            }
        }
    }

    @Test(
        "mail for local users is accepted from strangers, and not logged as an attempt",
        arguments: [
            EximConfiguration.Rules.certificates, .fingerprints,
        ])
    func inboundMail(rules: EximConfiguration.Rules) throws {
        try RelayScene.run(Self.configuration(rules)) { scene in
            let stranger = try scene.makeClient("stranger")
            #expect(try scene.exim.client.replyToRecipient("postmaster@relay.example", showing: stranger) == 250)
            #expect(!scene.exim.logText.contains("explicitly allowed"))
        }
    }

    @Test(
        "an approved certificate outside its dates is refused", arguments: [ClientCertificate.Kind.expired, .notYetValid],
        [
            EximConfiguration.Rules.certificates, .fingerprints,
        ])
    func dates(kind: ClientCertificate.Kind, rules: EximConfiguration.Rules) throws {
        try RelayScene.run(Self.configuration(rules)) { scene in
            let client = try scene.makeClient("old", kind)
            try scene.folder.write("etc/certs/old.pem", File.read(client.certificate))
            try scene.writeConfiguration(Self.configuration(rules, listing: [client]))
            try scene.exim.reload()
            #expect(try scene.reply(to: client) == 550)
        }
    }

    @Test("where the directory counts, a listed hash without an installed certificate is refused")
    func directoryCounts() throws {
        try RelayScene.run(Self.configuration(.certificates)) { scene in
            let client = try ClientCertificate("clients/alice", in: scene.folder)
            try scene.writeConfiguration(Self.configuration(.certificates, listing: [client]))
            try scene.exim.reload()
            #expect(try scene.reply(to: client) == 550)
        }
    }

    @Test(
        "with the digests of no certificate in the list, no certificate and plaintext are refused",
        arguments: EximConfiguration.Rules.allCases)
    func poison(rules: EximConfiguration.Rules) throws {
        var configuration = Self.configuration(rules)
        configuration.hashes = Self.poison.joined(separator: " : ")
        try RelayScene.run(configuration) { (scene) throws in
            #expect(try scene.reply(to: nil) == 550)
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
            #expect(!scene.exim.logText.contains("explicitly allowed"))
        }
    }
}

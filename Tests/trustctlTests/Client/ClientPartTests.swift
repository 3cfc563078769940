import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import Client
@testable import Host

@Suite("The client's parts")
struct ClientPartTests {
    @Test("a relay is a name or an address, and a port")
    func relays() throws {
        let good: [(String, String, String)] = [
            ("Mail.Example.org", "mail.example.org:25", "mail.example.org_25.pem"), ("relay:587", "relay:587", "relay_587.pem"),
            ("192.0.2.1", "192.0.2.1:25", "192.0.2.1_25.pem"), ("[2001:DB8::1]:465", "[2001:db8::1]:465", "2001:db8::1_465.pem"),
            ("2001:db8::1", "[2001:db8::1]:25", "2001:db8::1_25.pem"), ("[::1]", "[::1]:25", "::1_25.pem"),
        ]
        for (text, name, file) in good {
            let relay = try RelayName(text)
            #expect(relay.description == name && relay.fileName == file)
            #expect(try RelayName(relay.description) == relay)
        }
        for text in [
            "", ":25", "a:", "a:0", "a:65536", "a:b", "a:1:2", "-a", ".a", "a/b", "../x", "a b", "[::1", "[::1]25", "[::1]:", "[a]:25",
            "a\n",
            "a;b", "a$b", String(repeating: "a", count: 254),
        ] { #expect(throws: Failure.self, "\(text)") { try RelayName(text) } }
    }

    @Test("a client that joins asks three times in ten minutes at most, so fail2ban lets it be")
    func joinTries() {
        for (wait, expected) in [(1, 1), (30, 2), (300, 3), (599, 3), (3_600, 19)] {
            var tries = JoinTries(until: .seconds(wait))
            var moments: [Duration] = [.zero]
            while let next = tries.next(after: moments[moments.count - 1]) { moments.append(next) }
            #expect(moments.count == expected && moments.allSatisfy { $0 <= .seconds(wait) }, "\(wait): \(moments)")
            for moment in moments {
                #expect(moments.count { $0 > moment - .seconds(600) && $0 <= moment } <= 3, "\(wait): \(moments)")
            }
        }
    }

    @Test("a client that joins outlasts a reload of the relay, and no longer absence") func joinWithoutAnswer() throws {
        var tries = JoinTries(until: .seconds(600))
        var moments: [Duration] = [.seconds(5)]
        while let next = tries.nextWithoutAnswer(after: moments[moments.count - 1]) { moments.append(next) }
        #expect(moments.count == 6 && moments.last == .seconds(15), "\(moments)")
        // An answer between them begins a new absence, and only answers count as tries.
        #expect(tries.next(after: .seconds(20)) == .seconds(23))
        #expect(tries.nextWithoutAnswer(after: .seconds(23)) == .seconds(25))
        #expect(tries.next(after: .seconds(25)) == .seconds(62))
    }

    /// The example in the word list's description.
    @Test("spoken words are those of the PGP word list")
    func words() throws {
        let fingerprint = try Fingerprint("E58294F2E9A227486E8B061B31CC528FD7FA3F19" + String(repeating: "0", count: 22) + "FF")
        #expect(
            fingerprint.spoken.joined(separator: " ").hasPrefix(
                "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa afflict bravado chatter revolver Dupont"
                    + " midsummer stopwatch whimsical cowbell bottomless aardvark adroitness"))
        #expect(fingerprint.spoken.last?.hasSuffix(" Yucatan") == true && fingerprint.spoken.count == 4)
        // Every byte has its own word at even and at odd places.
        let all = (0...255).flatMap { PGPWordList.words(for: [UInt8($0), UInt8($0)]) }
        #expect(Set(all).count == 512 && all.allSatisfy { $0.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A } })
    }

    @Test("a server's name matches only where every TLS library would accept it")
    func names() throws {
        let key = try PrivateKey()
        func certificate(_ name: String, _ names: [CertificateDraft.AlternativeName]) throws -> Certificate {
            try CertificateDraft(.server, commonName: name, alternativeNames: names, days: 1).selfSigned(with: key)
        }
        let address = try #require(Address("192.0.2.1"))
        let several = try certificate("x", [.dns("Mail.Example.org"), .dns("*.example.net"), .address(address)])
        for name in ["mail.example.org", "a.example.net", "192.0.2.1"] { #expect(several.bears(name), "\(name)") }
        for name in ["x", "example.org", "a.b.example.net", "example.net", "192.0.2.2", "org"] { #expect(!several.bears(name), "\(name)") }
        let plain = try certificate("mail.example.org", [])
        #expect(plain.bears("mail.example.org") && !plain.bears("example.org"))
        // GnuTLS finds a name in the subject only where the certificate is meant for servers.
        let forClients = try CertificateDraft(.client, commonName: "mail.example.org", days: 1).selfSigned(with: key)
        #expect(!forClients.bears("mail.example.org"))
    }

    @Test("a client folder that others may write is refused")
    func folder() throws {
        try inFolder { folder in
            try folder.makeFolder("open", mode: 0o777)
            #expect(throws: Failure.self) { try ClientFolder(folder("open")).check() }
            try folder.makeFolder("another", owner: .daemon)
            #expect(throws: Failure.self) { try ClientFolder(folder("another")).check() }
            #expect(throws: Never.self) { try ClientFolder(folder("none")).check() }
        }
    }
}

import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("Certificates come to every relay through the database, with the decisions about them") struct CarriedCertificateTests {
    @Test(
        "approved at the console, seen by mx1 alone: every relay lets it in, and shows whose it is",
        arguments: [EximConfiguration.Rules.certificates, .fingerprints])
    func seen(rules: EximConfiguration.Rules) throws {
        try CarriedFleet.run(rules: rules) { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            let alice = try ClientCertificate("alice", .leaf, in: mx1.folder)
            try mx1.folder.queue(alice)
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx1"])
            let approved = try fleet.decide("approve", "\(alice.fingerprint)", "--label", "alice")
            #expect(approved.exitCode == 0 && approved.output.hasSuffix("live on 3 of 3\n"), "\(approved)")
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 250])
            #expect(try mx2.trustctl("show", "alice").done().output.contains("subject        CN=alice"))
            if rules == .certificates {
                #expect(File.names(in: mx2.folder("etc/certs")).contains("\(alice.fingerprint).pem"))
            }
            // mx1 forgets what waited there; the console holds it on, as long as the approval stands.
            try waitUntil("only the console holds it") { try fleet.holders() == ["console_console"] }
            #expect(try fleet.decide("revoke", "alice").exitCode == 0)
            try waitUntil("nobody holds it") { try fleet.holders().isEmpty && fleet.certificates() == 0 }
            #expect(try fleet.scene.replies(to: alice) == [550, 550, 550])
        }
    }

    @Test("a certificate from a file comes along too, and what a member has signed") func files() throws {
        try CarriedFleet.run(2, rules: .certificates) { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            let (alice, bob) = (try ClientCertificate("alice", .leaf, in: mx1.folder), try ClientCertificate("bob", .leaf, in: mx1.folder))
            #expect(try fleet.decide("approve", "--certificate", alice.certificate, "--label", "alice").exitCode == 0)
            #expect(try fleet.scene.replies(to: alice) == [250, 250])
            // Seen and signed on mx1: what leaves its queue there stays in the database.
            try mx1.folder.queue(bob)
            try fleet.waitUntilSeen(bob.fingerprint, by: ["mx1"])
            let words = ["approve", "\(bob.fingerprint)", "--sign-with", fleet.key, "--yes", "--wait-fleet", "120"]
            let signed = try mx1.operator.start(words).wait()
            #expect(signed.exitCode == 0 && signed.output.hasSuffix("live on 2 of 2\n"), "\(signed)")
            #expect(try fleet.scene.replies(to: bob) == [250, 250])
            #expect(try mx2.trustctl("show", "\(bob.fingerprint)").output.contains("CN=bob"))
            try waitUntil("mx1's queue is told") {
                try fleet.server.must("SELECT count(*) FROM trust.sighting", database: "fleet") == "0\n"
            }
            #expect(try fleet.holders() == ["console_console", "relay_mx1"])
            // Whoever is thrown out holds nothing any more.
            try SyncScene.sql(["--remove", "console"], on: fleet.server)
            #expect(try fleet.holders() == ["relay_mx1"] && fleet.certificates() == 1)
        }
    }

    @Test("one that comes after its decision is installed where Exim looks for it") func late() throws {
        try CarriedFleet.run(2, relayPoll: "1s", rules: .certificates) { fleet in
            let mx1 = fleet.scene.relays[0]
            let alice = try ClientCertificate("alice", .leaf, in: mx1.folder)
            #expect(try fleet.decide("approve", "\(alice.fingerprint)", "--label", "alice").exitCode == 0)
            #expect(try fleet.scene.replies(to: alice) == [550, 550], "nobody has its certificate")
            try fleet.server.must(
                "SELECT trust.hold(ARRAY[decode('\(try fleet.hex(alice))', 'hex')])", as: "relay_mx1", database: "fleet")
            try waitUntil("both let it in") { try fleet.scene.replies(to: alice) == [250, 250] }
            for relay in fleet.scene.relays {
                let verified = try relay.trustctl("fleet", "verify")
                #expect(verified.exitCode == 0, "\(verified)")
                #expect(try relay.trustctl("show", "alice").output.contains("CN=alice"))
            }
            #expect(try fleet.console.operator.entries("approved").count == 1)
        }
    }

    @Test("by hand too: a pack that brings only the certificate") func pack() throws {
        var configuration = EximConfiguration()
        configuration.rules = .certificates
        try FleetScene.founded(2, configuration) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let alice = try ClientCertificate("alice", .leaf, in: mx1.folder)
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            #expect(try mx2.reply(to: alice) == 550)
            // mx1 sees it, and somebody says it again there with its certificate.
            let inbox = try FleetInbox(mx2)
            try inbox.put(try certificateRecord(alice, in: mx1.folder))
            try inbox.apply("--unit").done()
            #expect(try mx2.reply(to: alice) == 250)
            let receipt = try mx2.folder.read("ledger/fleet/out/receipt")
            // What is here already is no news.
            try inbox.put(try certificateRecord(alice, in: mx1.folder))
            try inbox.apply("--unit").done()
            #expect(try mx2.folder.read("ledger/fleet/out/receipt") == receipt && inbox.names.isEmpty)
        }
    }
}

/// As a pack carries it.
private func certificateRecord(_ client: ClientCertificate, in folder: SceneFolder) throws -> [UInt8] {
    try ProgramRun.run("openssl", ["x509", "-in", client.certificate, "-outform", "DER", "-out", folder("der")]).done()
    let body = Array("trust-certificate 1\n".utf8) + (try File.bytes(folder("der")))
    return Array("trust-record \(body.count) 0\n".utf8) + body
}

extension CarriedFleet {
    /// Who holds certificates in the database.
    func holders() throws -> [String] {
        try server.must("SELECT login FROM trust.holder ORDER BY 1", database: "fleet").split(separator: "\n").map(String.init)
    }

    func certificates() throws -> Int? {
        Int(try server.must("SELECT count(*) FROM trust.certificate", database: "fleet").filter(\.isNumber))
    }

    /// A certificate's DER form.
    func hex(_ client: ClientCertificate) throws -> String {
        let file = scene.relays[0].folder("der")
        try ProgramRun.run("openssl", ["x509", "-in", client.certificate, "-outform", "DER", "-out", file]).done()
        return try ProgramRun.run("od", ["-An", "-v", "-tx1", file]).done().output.filter { $0.isHexDigit }
    }
}

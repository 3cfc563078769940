import Foundation
import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("What any relay has seen is one line at the console") struct MirrorTests {
    @Test("seen by two relays it is one line; approved there with its card, it is live everywhere")
    func seen() throws {
        // A new certificate is notified; that another relay has it too, is seen at the next look.
        try CarriedFleet.run(poll: "1s") { fleet in
            let relays = fleet.scene.relays
            let daemons = try relays.map { try $0.startDaemon() }
            defer { for daemon in daemons { try? daemon.stop() } }
            let alice = try relays[0].refusedClient("alice")
            #expect(try relays[1].reply(to: alice) == 550)
            try relays[1].operator.waitUntilPending(alice)
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx1", "mx2"])
            let entry = try #require(try fleet.seen().first)
            #expect(try fleet.seen().count == 1 && entry.state == "pending" && entry.sightings == 2, "\(entry)")
            #expect(entry.certificate?.subject == "CN=alice", "\(entry)")
            #expect(entry.relays?.allSatisfy { $0.sightings == 1 && !$0.addresses.isEmpty } ?? false, "\(entry)")
            let text = try fleet.console.operator.trustctl("list").output
            #expect(text.contains("CN=alice, until ") && text.contains("seen 2 times by mx"), "\(text)")
            // A relay itself shows what it has seen.
            #expect(try !relays[0].trustctl("list", "--json").output.contains("relays"))

            let approved = try fleet.decide("approve", String("\(alice.fingerprint)".prefix(16)), "--label", "alice")
            #expect(approved.exitCode == 0 && approved.output.hasSuffix("live on 3 of 3\n"), "\(approved)")
            #expect(approved.errors.contains("subject        CN=alice") && approved.errors.contains("seen by        mx"), "\(approved)")
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 250])
            try waitUntil("nobody waits any more") { try fleet.seen().isEmpty }
            #expect(try fleet.console.operator.entries("approved").first?.certificate?.subject == "CN=alice")
            try waitUntil("the mirror is empty") { File.names(in: fleet.console("trustsync/mirror/certificates")).isEmpty }
            // It stays in the database for relays that come later, held by the console; and goes with the approval.
            let holders = "SELECT login FROM trust.holder"
            try waitUntil("only the console holds it") { try fleet.server.must(holders, database: "fleet") == "console_console\n" }
            #expect(try fleet.decide("revoke", "alice").exitCode == 0)
            try waitUntil("nobody holds it") { try fleet.server.must("SELECT count(*) FROM trust.certificate", database: "fleet") == "0\n" }
        }
    }

    @Test("what a relay forgets goes; what the fleet revoked comes back with a warning")
    func gone() throws {
        try CarriedFleet.run(2, poll: "1s") { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            let (alice, bob) = (try mx1.makeClient("alice"), try mx1.makeClient("bob"))
            for relay in [mx1, mx2] { try relay.folder.queue(alice) }
            try mx1.folder.queue(bob)
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx1", "mx2"])
            try fleet.waitUntilSeen(bob.fingerprint, by: ["mx1"])
            _ = try mx1.trustctl("forget", "\(alice.fingerprint)", "--yes").done()
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx2"])
            #expect(try fleet.decide("approve", "\(bob.fingerprint)", "--label", "bob").exitCode == 0)
            #expect(try fleet.decide("revoke", "bob").exitCode == 0)
            try mx2.folder.queue(bob)
            try fleet.waitUntilSeen(bob.fingerprint, by: ["mx2"])
            let again = try #require(try fleet.seen().first { $0.fingerprint == "\(bob.fingerprint)" })
            #expect(again.state == "pending" && again.warnings.contains { $0.hasPrefix("it was revoked ") }, "\(again)")
            #expect(try fleet.decide("deny", "\(bob.fingerprint)").exitCode == 0)
            let denied = try fleet.console.operator.entries("denied").map(\.fingerprint)
            #expect(denied == ["\(bob.fingerprint)"])
        }
    }
}

/// An entry of the console's list, with the relays.
struct SeenEntry: Decodable {
    let fingerprint: String
    let state: String
    let sightings: Int?
    let certificate: Certificate?
    let relays: [Relay]?
    let warnings: [String]

    struct Certificate: Decodable { let subject: String }

    struct Relay: Decodable {
        let member: String
        let first_seen: String
        let last_seen: String
        let sightings: Int
        let addresses: [String]
    }
}

extension SyncHost {
    private struct Document: Decodable { let entries: [SeenEntry] }

    /// What a console's list shows of what waits.
    func seen() throws -> [SeenEntry] {
        let listed = try `operator`.trustctl("list", "--json").done()
        return try JSONDecoder().decode(Document.self, from: Data(listed.output.utf8)).entries
    }
}

extension CarriedFleet {
    func seen() throws -> [SeenEntry] { try console.seen() }

    func waitUntilSeen(_ fingerprint: Fingerprint, by names: [String]) throws {
        try waitUntil("\(fingerprint) is seen by \(names): \(String(describing: try? seen())) \(console.status)") {
            let entry = try seen().first { $0.fingerprint == "\(fingerprint)" }
            return entry?.relays?.map(\.member).sorted() == names
        }
    }
}

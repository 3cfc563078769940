import Foundation
import Testing
import TrustTestSupport

@Suite("Three relays, two consoles, a database and its standby, with wires that are cut") struct WiredFleetTests {
    @Test("each way is cut in turn: it is told, nothing is held up elsewhere, and healed it catches up by itself")
    func cut() throws {
        try WiredFleet.run { fleet in
            let clients = try ["c0", "c1", "c2", "c3"].map { try fleet.relays[0].makeClient($0) }
            let network = fleet.network
            #expect(try fleet.replies(to: clients[0]) == [550, 550, 550])
            let first = try fleet.decide("alice", ["approve", "\(clients[0].fingerprint)"])
            #expect(first.exitCode == 0 && first.output.hasSuffix("live on 3 of 3\n"), "\(first)")
            #expect(try fleet.replies(to: clients[0]) == [250, 250, 250])

            // A console without the database: what it signs waits. The other one goes on.
            try network.cut("alice", "db1")
            let waiting = try fleet.decide("alice", ["approve", "\(clients[1].fingerprint)"], patience: "30")
            #expect(waiting.exitCode == 75 && waiting.errors.contains("the fleet's database is away"), "\(waiting)")
            let other = try fleet.decide("bob", ["approve", "\(clients[2].fingerprint)"])
            #expect(other.exitCode == 0 && other.output.hasSuffix("live on 3 of 3\n"), "\(other)")
            #expect(try fleet.replies(to: clients[1]) == [550, 550, 550])
            try network.heal("alice", "db1")
            try fleet.waitForReplies([250, 250, 250], to: clients[1])
            try fleet.waitUntilLive(at: ["alice", "bob"])

            // A relay without the database: it is named; it lets in whom it knows, queues whom it does not, and takes away what its root says.
            try network.cut("mx2", "db1")
            let named = try fleet.decide("alice", ["approve", "\(clients[3].fingerprint)"], patience: "5")
            #expect(named.exitCode == 69 && named.output.hasSuffix("live on 2 of 3\n"), "\(named)")
            #expect(named.errors.contains("mx2: not heard since ") && !named.errors.contains("mx1:"), "\(named)")
            #expect(try fleet.replies(to: clients[3]) == [250, 550, 250])
            #expect(try fleet.replies(to: clients[0]) == [250, 250, 250])
            let mx2 = fleet.relay("mx2")
            try network.on("mx2") {
                #expect(try mx2.operator.state(of: clients[3]) == "pending")
                _ = try mx2.trustctl("revoke", "\(clients[0].fingerprint)", "--local", "--yes").done()
            }
            #expect(try fleet.replies(to: clients[0]) == [250, 550, 250])
            try network.heal("mx2", "db1")
            try fleet.waitForReplies([250, 250, 250], to: clients[3])
            #expect(try fleet.replies(to: clients[0]) == [250, 550, 250])
            try fleet.waitUntilLive(at: ["alice", "bob"])
        }
    }

    @Test("the primary is killed with commits that its standby lacks: whoever followed them brings them back")
    func failover() throws {
        try WiredFleet.run { fleet in
            let lost = try fleet.relays[0].makeClient("lost")
            try fleet.network.cut("db1", "db2")
            let approved = try fleet.decide("alice", ["approve", "\(lost.fingerprint)", "--json"])
            #expect(approved.exitCode == 0, "\(approved)")
            let digest = try #require(approved.output.split { !$0.isHexDigit }.last { $0.count == 64 && $0 != "\(lost.fingerprint)" })
            #expect(try fleet.has(String(digest), in: "db1") && !fleet.has(String(digest), in: "db2"))

            try fleet.kill("db1")
            try fleet.promote("db2")
            try waitUntil("the lost decision is in the new primary", within: .seconds(120)) { try fleet.has(String(digest), in: "db2") }
            #expect(try fleet.replies(to: lost) == [250, 250, 250])
            let revoked = try fleet.decide("bob", ["revoke", "\(lost.fingerprint)"])
            #expect(revoked.exitCode == 0 && revoked.output.hasSuffix("live on 3 of 3\n"), "\(revoked)")
            #expect(try fleet.replies(to: lost) == [550, 550, 550])
            try fleet.waitUntilLive(at: ["alice", "bob"])
        }
    }

    @Test("two operators decide against each other in two halves with a primary each: what takes away counts")
    func halves() throws {
        try WiredFleet.run { fleet in
            let (client, other) = (try fleet.relays[0].makeClient("client"), try fleet.relays[0].makeClient("other"))
            let approved = try fleet.decide("bob", ["approve", "\(client.fingerprint)", "--label", "client"])
            #expect(approved.exitCode == 0, "\(approved)")

            // alice, mx1 and db1 on one side; bob, mx2, mx3 and db2 on the other.
            let cut = [("alice", "db2"), ("mx1", "db2"), ("bob", "db1"), ("mx2", "db1"), ("mx3", "db1"), ("db1", "db2")]
            for (one, other) in cut { try fleet.network.cut(one, other) }
            try fleet.promote("db2")
            let revoked = try fleet.decide("alice", ["revoke", "client", "--reason", "stolen"], patience: "30")
            #expect(revoked.exitCode == 70 && revoked.output.hasSuffix("live on 1 of 3\n"), "\(revoked)")
            #expect(revoked.errors.contains("\(client.fingerprint) may be STILL TRUSTED on mx2, mx3\n"), "\(revoked)")
            // bob's hosts need a moment to find the other primary.
            let second = try fleet.decide("bob", ["approve", "\(other.fingerprint)"], patience: "60")
            #expect(second.exitCode == 69 && second.output.hasSuffix("live on 2 of 3\n"), "\(second)")
            #expect(second.errors.contains("mx1: not heard since "), "\(second)")
            let labelled = try fleet.decide("bob", ["label", "client", "laptop"], patience: "20")
            #expect(labelled.exitCode == 69, "\(labelled)")
            #expect(try fleet.replies(to: client) == [550, 250, 250])
            #expect(try fleet.replies(to: other) == [550, 250, 250])

            // The old primary goes for good, and the wires are whole again.
            try fleet.stop("db1")
            for (one, other) in cut { try fleet.network.heal(one, other) }
            try fleet.waitForReplies([550, 550, 550], to: client)
            try fleet.waitForReplies([250, 250, 250], to: other)
            try fleet.waitUntilLive(at: ["alice", "bob"])
            let last = try fleet.decide("alice", ["revoke", "\(other.fingerprint)"])
            #expect(last.exitCode == 0 && last.output.hasSuffix("live on 3 of 3\n"), "\(last)")
            for name in WiredFleet.members {
                try fleet.network.on(name) { _ = try fleet.relay(name).trustctl("fleet", "verify").done() }
            }
        }
    }
}

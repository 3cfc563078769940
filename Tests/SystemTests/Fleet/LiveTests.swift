import Foundation
import Glibc
import Testing
import TrustTestSupport

@Suite("A decision at a console is live on every relay, by the receipts of all of them") struct LiveTests {
    private struct Answer: Decodable {
        let outcome: String
        let action: String
        let fingerprints: [String]
        let fleet: Spread?

        struct Spread: Decodable {
            let decisions: [String]
            let live: Int
            let database_away: Bool
            let members: [Member]
        }

        struct Member: Decodable {
            let member: String
            let state: String
            let text: String?
            let still_trusts: [String]
        }

        init(_ outcome: ProgramRun.Outcome) throws { self = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8)) }
    }

    @Test("an approval ends with live on 3 of 3, a revocation too, and in JSON; status agrees") func everywhere() throws {
        try CarriedFleet.run { fleet in
            let alice = try fleet.scene.relays[1].makeClient("alice")
            #expect(try fleet.scene.replies(to: alice) == [550, 550, 550])
            let approved = try fleet.decide("approve", "\(alice.fingerprint)", "--label", "alice")
            #expect(approved.exitCode == 0 && approved.output == "done: kept on this console\nlive on 3 of 3\n", "\(approved)")
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 250])
            let status = try fleet.status()
            #expect(status.exitCode == 0 && status.output.contains("live      3 of 3 members"), "\(status)")
            #expect(status.output.contains("database  connected to \(fleet.server.folder) since "), "\(status)")

            let revoked = try fleet.decide("revoke", "alice", "--json")
            #expect(revoked.exitCode == 0, "\(revoked)")
            let answer = try Answer(revoked)
            #expect(answer.outcome == "done" && answer.action == "revoke" && answer.fingerprints == ["\(alice.fingerprint)"], "\(revoked)")
            #expect(answer.fleet?.live == 3 && answer.fleet?.members.map(\.state) == ["live", "live", "live"], "\(revoked)")
            #expect(answer.fleet?.database_away == false && answer.fleet?.decisions.count == 1, "\(revoked)")
            #expect(try fleet.scene.replies(to: alice) == [550, 550, 550])
            #expect(try fleet.status("--json").output.contains(#""connected" : true"#))
        }
    }

    @Test("a relay that is away is named as not heard since: 69, revoked 70; then all are live")
    func silent() throws {
        try CarriedFleet.run { fleet in
            let (alice, bob) = (try fleet.scene.relays[0].makeClient("alice"), try fleet.scene.relays[0].makeClient("bob"))
            #expect(try fleet.decide("approve", "\(bob.fingerprint)").exitCode == 0)
            try fleet.stop("mx3")
            let approved = try fleet.decide("approve", "\(alice.fingerprint)", "--wait-fleet", "20")
            #expect(approved.exitCode == 69 && approved.output.hasSuffix("live on 2 of 3\n"), "\(approved)")
            #expect(approved.errors.contains("trustctl: mx3: not heard since ") && !approved.errors.contains("mx1:"), "\(approved)")
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 550])
            #expect(try fleet.status().exitCode == 69)

            let revoked = try fleet.decide("revoke", "\(bob.fingerprint)", "--wait-fleet", "20", "--json")
            #expect(revoked.exitCode == 70, "\(revoked)")
            #expect(revoked.errors.contains("\(bob.fingerprint) may be STILL TRUSTED on mx3\n"), "\(revoked)")
            #expect(revoked.errors.contains("mx3: not heard since "), "\(revoked)")
            let last = try #require(try Answer(revoked).fleet?.members.last)
            #expect(last.member == "mx3" && last.state == "behind" && last.still_trusts == ["\(bob.fingerprint)"], "\(revoked)")
            #expect(try fleet.scene.replies(to: bob) == [550, 550, 250])
            let status = try fleet.status()
            #expect(status.exitCode == 70 && status.errors.contains("\(bob.fingerprint) may be STILL TRUSTED on mx3"), "\(status)")

            try fleet.start(2)
            try fleet.waitUntilLive()
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 250])
            #expect(try fleet.scene.replies(to: bob) == [550, 550, 550])
        }
    }

    @Test("one that was silent for long is named, and no decision waits for it") func stale() throws {
        try CarriedFleet.run(settings: "stale_after = 20m\n") { fleet in
            try fleet.stop("mx3")
            try ProgramRun.run("touch", ["-d", "21 minutes ago", fleet.console("ledger/fleet/receipts/mx3")]).done()
            let status = try fleet.status()
            #expect(status.exitCode == 69 && status.output.contains("mx3       silent"), "\(status)")
            let alice = try fleet.scene.relays[0].makeClient("alice")
            // Longer than this test may last.
            let approved = try fleet.decide("approve", "\(alice.fingerprint)", "--wait-fleet", "600")
            #expect(approved.exitCode == 69 && approved.errors.contains("mx3: not heard since "), "\(approved)")
            #expect(approved.output.hasSuffix("live on 2 of 3\n"), "\(approved)")
        }
    }

    @Test("a relay whose Exim refuses is named with its reason, and still takes trust away") func refusing() throws {
        try CarriedFleet.run { fleet in
            let mx2 = fleet.scene.relays[1]
            let (alice, bob) = (try mx2.makeClient("alice"), try mx2.makeClient("bob"))
            #expect(try fleet.decide("approve", "\(bob.fingerprint)").exitCode == 0)
            try mx2.refuseLists(with: alice.fingerprint, butNot: bob.fingerprint)
            let approved = try fleet.decide("approve", "\(alice.fingerprint)", "--wait-fleet", "600")
            #expect(approved.exitCode == 69 && approved.output.hasSuffix("live on 2 of 3\n"), "\(approved)")
            #expect(approved.errors.contains("trustctl: mx2: ") && !approved.errors.contains("nothing has changed"), "\(approved)")
            #expect(try fleet.scene.replies(to: alice) == [250, 550, 250])
            let status = try fleet.status()
            #expect(status.exitCode == 69 && status.output.contains("mx2       refused"), "\(status)")
            // What is taken away is done there too, and said: 69 and not 70.
            let revoked = try fleet.decide("revoke", "\(bob.fingerprint)", "--wait-fleet", "600")
            #expect(revoked.exitCode == 69 && !revoked.errors.contains("STILL TRUSTED"), "\(revoked)")
            #expect(try fleet.scene.replies(to: bob) == [550, 550, 550])

            // In Exim's own words.
            var broken = mx2.configuration
            broken.before = "no_such_option = 12"
            try mx2.writeConfiguration(broken)
            let carol = try mx2.makeClient("carol")
            let unread = try fleet.decide("approve", "\(carol.fingerprint)", "--wait-fleet", "600")
            #expect(unread.exitCode == 69 && unread.errors.contains("trustctl: mx2: exim refused the candidate: "), "\(unread)")

            try mx2.writeConfiguration(mx2.configuration)
            try mx2.exim.reload()
            _ = try mx2.trustctl("fleet", "apply").done()
            try fleet.waitUntilLive()
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 250])
        }
    }

    @Test("without the database an approval waits (75), a revocation is STILL TRUSTED (70)")
    func away() throws {
        try CarriedFleet.run { fleet in
            let (alice, bob) = (try fleet.scene.relays[0].makeClient("alice"), try fleet.scene.relays[0].makeClient("bob"))
            #expect(try fleet.decide("approve", "\(bob.fingerprint)").exitCode == 0)
            try fleet.server.stop()
            let approved = try fleet.decide("approve", "\(alice.fingerprint)", "--wait-fleet", "2")
            #expect(approved.exitCode == 75 && approved.output.hasSuffix("live on 0 of 3\n"), "\(approved)")
            #expect(approved.errors.contains("the fleet's database is away"), "\(approved)")
            let denied = try fleet.decide("deny", String(repeating: "7", count: 64), "--wait-fleet", "1")
            #expect(denied.exitCode == 75, "\(denied)")
            let revoked = try fleet.decide("revoke", "\(bob.fingerprint)", "--wait-fleet", "1", "--json")
            #expect(revoked.exitCode == 70, "\(revoked)")
            #expect(revoked.errors.contains("\(bob.fingerprint) may be STILL TRUSTED on mx1, mx2, mx3\n"), "\(revoked)")
            #expect(try Answer(revoked).fleet?.database_away == true)
            #expect(try fleet.status().output.contains("database  not connected"))
            // Approved clients relay all the same.
            #expect(try fleet.scene.replies(to: bob) == [250, 250, 250])
            try fleet.server.start()
            try fleet.waitUntilLive()
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 250])
            #expect(try fleet.scene.replies(to: bob) == [550, 550, 550])
        }
    }

    @Test("who decides on a relay hears of the others too") func member() throws {
        try CarriedFleet.run { fleet in
            let alice = try fleet.scene.relays[0].makeClient("alice")
            let mx1 = fleet.scene.relays[0].operator
            let words = ["approve", "\(alice.fingerprint)", "--sign-with", fleet.key, "--yes", "--wait-fleet", "120"]
            let approved = try mx1.start(words).wait()
            #expect(approved.exitCode == 0 && approved.output.hasSuffix("live on 3 of 3\n"), "\(approved)")
            #expect(try fleet.scene.replies(to: alice) == [250, 250, 250])
            let label = try mx1.start(["label", "\(alice.fingerprint)", "laptop"] + words.dropFirst(2)).wait()
            #expect(label.exitCode == 0 && label.output.hasSuffix("live on 3 of 3\n"), "\(label)")
            try fleet.waitUntilLive()
            let undone = try fleet.decide("undo", "7", "--json")
            #expect(undone.exitCode == 0, "\(undone)")
            #expect(try Answer(undone).fleet?.live == 3)
        }
    }
}

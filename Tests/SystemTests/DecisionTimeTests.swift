import Foundation
import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// A change may take long: Exim reads the new list when it can.
@Suite("When a decision was made, and when it was done")
struct DecisionTimeTests {
    private struct Listing: Decodable {
        let decisions: [Decision]

        struct Decision: Decodable {
            let time: String
            let done_at: String
        }
    }

    @Test("history dates a slow approval by when Exim had read it, and filters by that time") func slow() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            let daemon = try #require(scene.exim.pid)
            // It gets the signal, and does nothing until it may.
            kill(daemon, SIGSTOP)
            defer { kill(daemon, SIGCONT) }
            let run = try scene.operator.start(["approve", "\(alice.fingerprint)", "--label", "alice", "--yes"])
            try waitUntil("the list is exchanged; it says:\n\(run.errorsSoFar)") { scene.listText.contains("\(alice.fingerprint)") }
            let exchanged = Timestamp.now
            try waitUntil("two seconds have passed") { Timestamp.now.seconds >= exchanged.seconds + 2 }
            let released = Timestamp.now
            kill(daemon, SIGCONT)
            let approval = try run.wait()
            #expect(approval.exitCode == 0, "\(approval)")
            #expect(try scene.reply(to: alice) == 250)

            let json = try scene.trustctl("history", "--json")
            let decisions = try JSONDecoder().decode(Listing.self, from: Data(json.output.utf8)).decisions
            let decision = try #require(decisions.first)
            let decided = try #require(Timestamp(rfc3339: decision.time))
            let done = try #require(Timestamp(rfc3339: decision.done_at))
            #expect(decisions.count == 1 && decided <= exchanged && done >= released, "\(json)")
            let text = try scene.trustctl("history").output
            #expect(text.hasPrefix("1  \(done)  approve by ") && !text.contains("\(decided)"), "\(text)")
            // The moment at which it was decided finds nothing; the one at which it was done does.
            let before = Timestamp(seconds: done.seconds - 1)
            #expect(try scene.trustctl("history", "--until", "\(before)").output.isEmpty)
            #expect(try scene.trustctl("history", "--since", "\(done)", "--until", "\(done)").output == text)
        }
    }

    @Test("a change that waited for another one is dated behind it") func waited() throws {
        try RelayScene.run { scene in
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            let daemon = try #require(scene.exim.pid)
            kill(daemon, SIGSTOP)
            defer { kill(daemon, SIGCONT) }
            let first = try scene.operator.start(["approve", "\(alice.fingerprint)", "--yes"])
            try waitUntil("the list is exchanged; it says:\n\(first.errorsSoFar)") { scene.listText.contains("\(alice.fingerprint)") }
            // The first one holds the lock.
            let second = try scene.operator.start(["approve", "\(bob.fingerprint)", "--yes"])
            let begun = Timestamp.now
            try waitUntil("two seconds have passed") { Timestamp.now.seconds >= begun.seconds + 2 }
            let released = Timestamp.now
            kill(daemon, SIGCONT)
            for run in [first, second] {
                let outcome = try run.wait()
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
            let json = try scene.trustctl("history", "--json")
            let decisions = try JSONDecoder().decode(Listing.self, from: Data(json.output.utf8)).decisions
            let done = try decisions.map { try #require(Timestamp(rfc3339: $0.done_at)) }
            let decided = try decisions.map { try #require(Timestamp(rfc3339: $0.time)) }
            #expect(done.count == 2 && done[0] >= released && done[1] >= done[0], "\(json)")
            // What it decides it decides under the lock: nothing that was read before counts.
            #expect(decided[0] <= begun && decided[1] >= released, "\(json)")
        }
    }
}

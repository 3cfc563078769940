import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Trust

@Suite("TrustPlan")
struct PlanTests {
    /// A list that trusts `Some.c`, which is denied as well.
    private func register(_ body: (Register) throws -> Void) throws {
        try inFolder { folder in
            try folder.write("list", "RELAY_FROM_CERTS = \\\n# carol, approved 2026-11-22 by root\n\(Some.c)\n")
            for name in ["ledger", "ledger/denied", "state", "state/pending"] { try folder.makeFolder(name) }
            try folder.write("ledger/denied/\(Some.c)", "")
            try body(try Register(Configuration.of(folder)))
        }
    }

    private func plan(_ wish: TrustPlan.Wish, _ action: Decision.Action, in register: Register) throws -> TrustPlan? {
        try TrustPlan.making([wish], action: action, reason: nil, in: register, by: Operator(uid: 0))
    }

    @Test("undoing a refused denial keeps an earlier denial of the same fingerprint") func denialBehindApproval() throws {
        try register { register in
            let carol = try Fingerprint(Some.c)
            let deny = try #require(try plan(.init(fingerprint: carol, after: .denied), .deny, in: register))
            #expect(deny.deny.isEmpty && deny.allow.isEmpty && deny.list != nil && deny.takesTrustAway)
            // Another command that takes the trust away must not leave a forgotten denial.
            let revoke = try #require(try plan(.init(fingerprint: carol, after: .none), .revoke, in: register))
            #expect(revoke.allow == [carol])
            #expect(try plan(.init(fingerprint: carol, after: .approved), .forget, in: register) == nil)
        }
    }

    @Test("a relabel records the previous label, and a label can be removed") func labels() throws {
        try register { register in
            let carol = try Fingerprint(Some.c)
            let renamed = try #require(try plan(.init(fingerprint: carol, after: .approved, label: .set("dave")), .approve, in: register))
            #expect(renamed.decision.subjects.first?.termsBefore.label == "carol")
            #expect(renamed.decision.subjects.first?.label == "dave")
            let cleared = try #require(
                try plan(.init(fingerprint: carol, after: .approved, label: .removed), .undo, in: register))
            #expect(cleared.decision.subjects.first?.label == nil)
            let text = String(decoding: try #require(cleared.list?.after.bytes), as: UTF8.self)
            #expect(!text.contains("carol") && text.contains(Some.c) && text.contains("# approved "))
            #expect(try plan(.init(fingerprint: carol, after: .approved, label: .set("carol")), .approve, in: register) == nil)
        }
    }

    @Test("ten thousand approvals are merged into a list of 100,000") func long() throws {
        func hash(_ number: Int) throws -> Fingerprint {
            let digits = String(number, radix: 16, uppercase: true)
            return try Fingerprint(exactly: (String(repeating: "0", count: 63 - digits.count) + "A" + digits).utf8)
        }
        let list = TrustList(items: try (0..<100_000).map { .init(fingerprint: try hash($0), comments: []) })
        let new = try (95_000..<105_000).map { (fingerprint: try hash($0), note: ListNote(label: nil, day: "2026-11-22", by: "root")) }
        let next = list.approving(new)
        #expect(next.items.count == 105_000)
        #expect(next.items[95_000].note != nil && next.items[94_999].note == nil)
    }
}

import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Host
@testable import Trust

@Suite("Register")
struct RegisterTests {
    /// A folder with a list that trusts `Some.c`, and an empty queue.
    private func scene(_ body: (SceneFolder, Configuration) throws -> Void) throws {
        try inFolder { folder in
            try folder.write("list", "RELAY_FROM_CERTS = \\\n# carol, approved 2026-11-22 by root\n\(Some.c)\n")
            for name in ["ledger", "ledger/denied", "state", "state/pending"] { try folder.makeFolder(name) }
            try body(folder, Configuration.of(folder))
        }
    }

    @Test("the attack: an unreadable queue does not prevent a decision, and is reported", arguments: ["open to all", "a link", "a file"])
    func unreadable(what: String) throws {
        try scene { folder, configuration in
            let pending = folder("state/pending")
            switch what {
            case "open to all": chmod(pending, 0o777)
            case "a link":
                rmdir(pending)
                symlink(folder("ledger"), pending)
            default:
                rmdir(pending)
                try folder.write("state/pending", "")
            }
            let register = try Register(configuration)
            #expect(try register.records().keys.map(\.description) == [Some.c])
            let wish = TrustPlan.Wish(fingerprint: try Fingerprint(Some.c), after: .none)
            #expect(try TrustPlan.making([wish], action: .revoke, reason: nil, in: register, by: Operator(uid: 0)) != nil)
            // A command that needs the queue gets the reason why it is not read.
            let failure = #expect(throws: Failure.self) { try register.requireQueue() }
            #expect(failure?.exit == .notSound)
            #expect(failure?.messages.first?.contains("its entries are not to be trusted") == true)
            #expect(failure?.messages.first?.hasPrefix(pending) == true)
            #expect(failure?.hint?.contains("room") == false)
        }
    }

    @Test("an entry is removed from a world-writable queue") func remove() throws {
        try scene { folder, configuration in
            try folder.write("state/pending/\(Some.a)", "")
            chmod(folder("state/pending"), 0o777)
            #expect(try QueueFolder(configuration).remove(try Fingerprint(Some.a)))
            #expect(!File.exists(folder("state/pending/\(Some.a)")))
        }
    }

    private func entry(_ fingerprint: String, helo: String? = nil) throws -> String {
        let text = """
            trustd-pending 1
            Fingerprint: \(fingerprint)
            First-Seen: 2026-11-22T17:41:59Z
            Last-Seen: 2026-11-22T17:41:59Z
            Sightings: 1
            Address: 192.0.2.1

            """
        return text + (helo.map { "Observed-Helo: \($0)\n" } ?? "")
    }

    @Test("a HELO of 15 KiB is cut to 256 scalars in the listing and in the ledger")
    func longHelo() throws {
        try scene { folder, configuration in
            try folder.write("state/pending/\(Some.a)", try entry(Some.a, helo: String(repeating: "x", count: 15_000)))
            // Swift counts it as one character.
            try folder.write("state/pending/\(Some.b)", try entry(Some.b, helo: "x" + String(repeating: "\u{301}", count: 7_000)))
            let register = try Register(configuration)
            for name in [Some.a, Some.b] {
                let record = register[try Fingerprint(name)]
                #expect(record.entry?.observed?.helo?.unicodeScalars.count == 256)
                #expect(Evidence(record)?.observed?.helo?.unicodeScalars.count == 256)
            }
        }
    }

    @Test("the ledger keeps evidence of a denied entry, and none of a forgotten one") func forgetting() throws {
        try scene { folder, configuration in
            try folder.write("state/pending/\(Some.a)", try entry(Some.a))
            let register = try Register(configuration)
            let wish = TrustPlan.Wish(fingerprint: try Fingerprint(Some.a), after: .none)
            let forget = try #require(try TrustPlan.making([wish], action: .forget, reason: nil, in: register, by: Operator(uid: 0)))
            #expect(forget.decision.subjects.map(\.evidence) == [nil])
            let deny = TrustPlan.Wish(fingerprint: wish.fingerprint, after: .denied)
            let denial = try #require(try TrustPlan.making([deny], action: .deny, reason: nil, in: register, by: Operator(uid: 0)))
            #expect(denial.decision.subjects.first?.evidence?.addresses == ["192.0.2.1"])
        }
    }

    @Test("a ledger larger than the limit for other files is still read") func largeLedger() throws {
        try scene { folder, configuration in
            try folder.write("ledger/ledger", "{}\n")
            truncate(folder("ledger/ledger"), off_t(LocalFileSystem.maximumSize) + 1)
            #expect(try Register(configuration).books.lines == 2)
        }
    }

    @Test("an overfull queue is read up to a limit, says so, and hides no entry asked for")
    func overfull() throws {
        try scene { folder, configuration in
            var configuration = configuration
            configuration.maxPending = 1
            let names = (0..<20_003).map { String(repeating: "0", count: 59) + String($0 + 10_000) }
            for name in names { try folder.write("state/pending/\(name)", try entry(name)) }
            let register = try Register(configuration)
            let records = try register.records()
            #expect(records.count == 20_001)
            #expect(register.oddities == ["more than 20000 files; 3 of them were not read"])
            let unread = try names.map { try Fingerprint(exactly: $0.utf8) }.filter { records[$0] == nil }
            #expect(unread.count == 3)
            for fingerprint in unread {
                #expect(register[fingerprint].state == .pending)
                #expect(register[fingerprint].entry?.sightings == 1)
            }
            #expect(register[try Fingerprint(Some.a)].state == .none)
            configuration.maxPending = .max
            #expect(try Register(configuration).oddities.isEmpty)
        }
    }
}

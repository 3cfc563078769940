import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import trustctl

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

    @Test("whoever makes the queue unreadable keeps nobody from deciding", arguments: ["open to all", "a link", "a file"])
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
            #expect(register.records.keys.map(\.description) == [Some.c])
            let wish = TrustPlan.Wish(fingerprint: try Fingerprint(Some.c), after: .none)
            #expect(try TrustPlan.making([wish], action: .revoke, reason: nil, in: register, by: Operator(uid: 0)) != nil)
            // Whoever wants to see the queue is told in words of its own.
            let failure = #expect(throws: Failure.self) { try register.requireQueue() }
            #expect(failure?.exit == .notSound)
            #expect(failure?.messages.first?.contains("its entries are not to be trusted") == true)
            #expect(failure?.messages.first?.hasPrefix(pending) == true)
            #expect(failure?.hint?.contains("room") == false)
        }
    }

    @Test("an entry is removed from a queue that everybody may write") func remove() throws {
        try scene { folder, configuration in
            try folder.write("state/pending/\(Some.a)", "")
            chmod(folder("state/pending"), 0o777)
            #expect(try Queue.remove(try Fingerprint(Some.a), in: configuration.pending))
            #expect(!File.exists(folder("state/pending/\(Some.a)")))
        }
    }
}

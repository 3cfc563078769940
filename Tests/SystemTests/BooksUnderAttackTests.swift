import Glibc
import Testing
import TrustTestSupport

/// Decisions while trustd's user, or an earlier mistake, stands in the way.
@Suite("BooksTests: decisions under attack")
struct BooksUnderAttackTests {
    @Test("a queue that everybody may write keeps nobody from revoking; to look at it is refused in its own words")
    func openQueue() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            chmod(scene.folder("state/pending"), 0o777)
            for command in [
                ["list"], ["show", "\(alice.fingerprint)"], ["list", "--state", "all"], ["forget", "--from", "192.0.2.1", "--yes"],
            ] {
                let outcome = try scene.operator.start(command).wait()
                #expect(outcome.exitCode == 78, "\(outcome)")
                #expect(outcome.errors.contains("may be written by everybody: its entries are not to be trusted"), "\(outcome)")
                #expect(outcome.output.isEmpty && !outcome.errors.contains("room"), "\(outcome)")
            }
            let approved = try scene.trustctl("list", "--state", "approved")
            #expect(approved.exitCode == 0 && approved.output.contains("\(alice.fingerprint)"), "\(approved)")
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(revoked.errors.contains("warning: the queue is not read"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            for command in [["approve", "\(alice.fingerprint)"], ["deny", "\(alice.fingerprint)"], ["undo", "4"]] {
                let outcome = try scene.operator.start(command + ["--yes"]).wait()
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
        }
    }
}

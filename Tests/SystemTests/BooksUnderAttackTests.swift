import Glibc
import Testing
import TrustTestSupport

/// Decisions while trustd's user, or an earlier mistake, stands in the way.
@Suite("Decisions under attack")
struct BooksUnderAttackTests {
    @Test("a world-writable queue is not read, but does not prevent a revoke")
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
                #expect(outcome.errors.contains("is writable by everybody: its entries are not to be trusted"), "\(outcome)")
                #expect(outcome.output.isEmpty && !outcome.errors.contains("room"), "\(outcome)")
            }
            let approved = try scene.trustctl("list", "--state", "approved")
            #expect(approved.exitCode == 0 && approved.output.contains("\(alice.fingerprint)"), "\(approved)")
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(revoked.errors.contains("warning: the queue cannot be read"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            for command in [["approve", "\(alice.fingerprint)"], ["deny", "\(alice.fingerprint)"], ["undo", "4"]] {
                let outcome = try scene.operator.start(command + ["--yes"]).wait()
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
        }
    }

    @Test("undo of a relabel restores the previous label, or none")
    func undoLabel() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            try scene.approve(alice, label: "alice")
            try scene.approve(alice, label: "bob")
            #expect(try scene.trustctl("undo", "2", "--yes").exitCode == 65)
            let renamed = try scene.trustctl("undo", "3", "--yes")
            #expect(renamed.exitCode == 0 && !renamed.text.contains("nothing to do"), "\(renamed)")
            #expect(scene.listText.contains("# alice, approved") && !scene.listText.contains("bob"))
            #expect(try scene.trustctl("undo", "2", "--yes").exitCode == 0)
            #expect(!scene.listText.contains("alice,") && scene.listText.contains("# approved "))
            // And the undo can be undone.
            #expect(try scene.trustctl("undo", "5", "--yes").exitCode == 0)
            #expect(scene.listText.contains("# alice, approved"))
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.trustctl("revoke", "alice", "--yes").exitCode == 0)
            #expect(try scene.trustctl("undo", "3", "--yes").exitCode == 65)
        }
    }

    @Test("a certificate named twice is decided once", arguments: ["deny", "revoke", "forget"])
    func twice(command: String) throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            try daemon.stop()
            if command == "revoke" { try scene.approve(alice, label: "alice") }
            let again = command == "revoke" ? "alice" : String("\(alice.fingerprint)".prefix(16))
            let outcome = try scene.trustctl(command, "\(alice.fingerprint)", again, "--yes", "--json")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.output.ranges(of: "\(alice.fingerprint)").count == 1, "\(outcome)")
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
        }
    }

    @Test("a refused deny of a client that is approved and denied keeps the old denial")
    func refusedDenial() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            let denial = scene.folder("ledger/denied/\(alice.fingerprint)")
            try File.write(denial, "")
            let sound = try scene.folder.read("exim.conf")
            try scene.folder.write("exim.conf", sound + "\nno such option\n")
            let refused = try scene.trustctl("deny", "\(alice.fingerprint)", "--yes")
            #expect(refused.exitCode == 65, "\(refused)")
            #expect(File.exists(denial))
            try scene.folder.write("exim.conf", sound)
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(File.exists(denial))
            #expect(try scene.operator.state(of: alice) == "denied")
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("JSON output has every key, and standard error reports a damaged ledger line")
    func json() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            for command in ["revoke", "forget"] {
                let nothing = try scene.trustctl(command, "\(alice.fingerprint)", "--json", "--yes")
                #expect(nothing.exitCode == 0 && nothing.output.contains("\"number\" : null"), "\(nothing)")
            }
            try scene.approve(alice)
            try File.append(scene.folder("ledger/ledger"), "torn\n")
            let history = try scene.trustctl("history", "--json")
            #expect(history.exitCode == 0 && history.output.contains("\"label_before\" : null"), "\(history)")
            #expect(history.errors.contains("line 2 of the ledger cannot be read"), "\(history)")
        }
    }
}

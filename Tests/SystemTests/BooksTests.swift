import Glibc
import Testing
import TrustTestSupport

/// Denials, forgetting, undo, and what the ledger records of them.
@Suite("Decisions and the ledger")
struct BooksTests {
    @Test("a denied client is not queued again until the denial is undone")
    func denial() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            let denied = try scene.trustctl("deny", "\(alice.fingerprint)", "--reason", "unknown to us", "--yes")
            #expect(denied.exitCode == 0, "\(denied)")
            #expect(try scene.operator.state(of: alice) == "denied")
            #expect(File.exists(scene.folder("ledger/denied/\(alice.fingerprint)")))

            #expect(try scene.reply(to: alice) == 550)
            // An entry of another client shows that trustd has read past the attempt.
            let bob = try scene.refusedClient("bob")
            #expect(File.names(in: scene.folder("state/pending")) == ["\(bob.fingerprint)"])

            let undone = try scene.trustctl("undo", "1", "--yes")
            #expect(undone.exitCode == 0, "\(undone)")
            #expect(!File.exists(scene.folder("ledger/denied/\(alice.fingerprint)")))
            #expect(try scene.reply(to: alice) == 550)
            try scene.operator.waitUntilPending(alice)
            try daemon.stop()
        }
    }

    @Test("denying an approved client takes effect at once")
    func denyApproved() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            #expect(try scene.reply(to: alice) == 250)
            let denied = try scene.trustctl("deny", "\(alice.fingerprint)", "--yes")
            #expect(denied.exitCode == 0, "\(denied)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(try scene.operator.state(of: alice) == "denied")
        }
    }

    @Test("undo of an approval refuses the client, undo of a revocation admits it again")
    func undo() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            #expect(try scene.trustctl("undo", "1", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            try scene.approve(alice, label: "alice")
            #expect(try scene.trustctl("revoke", "alice", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            let undone = try scene.trustctl("undo", "4", "--yes")
            #expect(undone.exitCode == 0, "\(undone)")
            #expect(try scene.reply(to: alice) == 250)
        }
    }

    @Test("a forgotten entry is gone, and the next attempt makes a new one")
    func forget() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            #expect(try scene.reply(to: alice) == 550)
            // Repeats are counted in memory and written once a second. None of them may be waiting here.
            try waitUntil("the second attempt is counted") { try scene.operator.entries().first?.sightings == 2 }
            #expect(try scene.trustctl("forget", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.operator.state(of: alice) == nil)
            #expect(try scene.trustctl("forget", "--from", "192.0.2.1", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            try scene.operator.waitUntilPending(alice)
            #expect(try scene.operator.entries().first?.sightings == 1)
            #expect(try scene.trustctl("forget", "--from", "127.0.0.2", "--yes").exitCode == 0)
            #expect(try scene.operator.entries("all").isEmpty)
            try daemon.stop()
        }
    }

    @Test("commands are idempotent")
    func repeated() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            for command in ["approve", "approve", "revoke", "revoke", "deny", "deny"] {
                let outcome = try scene.trustctl(command, "\(alice.fingerprint)", "--yes")
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
            #expect(try scene.operator.state(of: alice) == "denied")
        }
    }

    @Test("a dry run shows the diff and changes nothing")
    func dryRun() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            let before = scene.listText
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--dry-run")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(
                outcome.output.split(separator: "\n").contains { $0.hasPrefix("+") && $0.contains("\(alice.fingerprint)") }, "\(outcome)")
            #expect(scene.listText == before)
            #expect(!File.exists(scene.folder("ledger/ledger")))
            #expect(!scene.exim.logText.contains("SIGHUP"))
        }
    }

    @Test("the ledger records who, when, what and why, and a changed line is detected")
    func ledger() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--reason", "called her", "--yes").exitCode == 0)
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--reason", "lost \"laptop\"", "--yes").exitCode == 0)
            let shape = try ProgramRun.run("stat", ["--format=%a %U", scene.folder("ledger/ledger")])
            #expect(shape.output == "640 root\n")
            let text = try scene.folder.read("ledger/ledger")
            #expect(text.split(separator: "\n").count == 2)
            #expect(text.contains("called her"))
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            let history = try scene.trustctl("history")
            #expect(history.output.contains("called her") && history.output.contains("lost \"laptop\""), "\(history)")
            try scene.folder.write("ledger/ledger", text.replacing("called her", with: "called him"), mode: 0o640)
            let verified = try scene.trustctl("history", "--verify")
            #expect(verified.exitCode != 0, "\(verified)")
        }
    }

    @Test("a changed or removed last line of the ledger is detected, even after later decisions")
    func lastLine() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            for command in ["approve", "revoke", "deny"] {
                let outcome = try scene.trustctl(command, "\(alice.fingerprint)", "--reason", "so", "--yes")
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
            let whole = try scene.folder.read("ledger/ledger")
            let lines = whole.split(separator: "\n")
            let tampered = [
                lines.dropLast().joined(separator: "\n") + "\n", whole.replacing("deny", with: "dine"), lines[0] + "\n",
                lines.dropLast().joined(separator: "\n") + "\n" + lines[2].replacing("\"so\"", with: "\"no\"") + "\n",
            ]
            let seal = try scene.folder.read("ledger/lock")
            for text in tampered.map({ String($0) }) {
                try scene.folder.write("ledger/ledger", text, mode: 0o640)
                try scene.folder.write("ledger/lock", seal, mode: 0o600)
                var verified = try scene.trustctl("history", "--verify")
                #expect(verified.exitCode == 65 && verified.errors.contains("the ledger is not intact"), "\(verified)")
                #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes").exitCode == 0)
                verified = try scene.trustctl("history", "--verify")
                #expect(verified.exitCode == 65, "\(verified)")
                #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            }
            // The original ledger passes.
            try scene.folder.write("ledger/ledger", whole, mode: 0o640)
            try scene.folder.write("ledger/lock", seal, mode: 0o600)
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
        }
    }

    @Test("the card warns of certificates that a client should not use")
    func warnings() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let good = try scene.refusedClient("good")
            try scene.approve(good, label: "good")
            let twin = try ClientCertificate("clients/twin", in: scene.folder, keyOf: good)
            let kinds: [(ClientCertificate, String)] = [
                (try scene.makeClient("authority", .authority), "CA"), (try scene.makeClient("expired", .expired), "expired"),
                (try scene.makeClient("future", .notYetValid), "not valid before"),
                (twin, "same key"),
            ]
            for (client, word) in kinds {
                #expect(try scene.reply(to: client) == 550)
                try scene.operator.waitUntilPending(client)
                let entry = try #require(try scene.operator.entries().first { $0.fingerprint == "\(client.fingerprint)" })
                #expect(entry.warnings?.contains { $0.contains(word) } == true, "\(word): \(String(describing: entry.warnings))")
            }
            // A client's TLS library refuses to use such a weak key, so the certificate comes as a file.
            let weak = try scene.makeClient("weak", .weakKey)
            let card = try scene.trustctl("approve", "\(weak.fingerprint)", "--certificate", weak.certificate, "--yes")
            #expect(card.text.split(separator: "\n").contains { $0.contains("warning") && $0.contains("1024") }, "\(card)")
            try daemon.stop()
        }
    }
}

import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// Decisions from `trustctl watch`, with a real Exim and a real trustd.
@Suite("watch: decisions from an opened card")
struct WatchDecisionTests {
    private static let keys = "Enter opens, ? help, q quit"

    private func screen(_ scene: RelayScene, _ options: String...) throws -> TerminalScreen {
        let screen = try TerminalScreen(
            [BuiltPrograms.trustctl, "watch"] + options + ["--config", scene.operator.settings], in: scene.folder)
        try screen.waitForPrompt(Self.keys)
        return screen
    }

    private func queue(_ names: String..., in scene: RelayScene) throws -> [ClientCertificate] {
        let now = Timestamp.now
        return try names.enumerated().map { index, name in
            let client = try scene.makeClient(name)
            try scene.folder.queue(client, secondsAgo: Int64(1_000 + index), before: now)
            return client
        }
    }

    private func open(_ client: ClientCertificate, on screen: TerminalScreen) throws {
        try screen.waitFor("> \(client.fingerprint.description.prefix(16))")
        try screen.press("Enter")
        try waitForQuestion(on: screen)
    }

    /// The words stand in the ordinary terminal too, when an approval was begun before.
    private func waitForQuestion(on screen: TerminalScreen) throws {
        try waitUntil("the card asks; it shows:\n\(screen.text)") { screen.isTaken && screen.text.contains("Let this certificate relay?") }
    }

    @Test("a client that trustd finds appears by itself, and a lets it relay") func whole() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let screen = try screen(scene)
            try screen.waitFor("trustd follows: nothing unread")
            let alice = try scene.refusedClient("alice")
            try screen.waitFor("1 pending; 0 approved")
            try screen.waitFor("lines a second")
            try open(alice, on: screen)
            try screen.type("a")
            try screen.waitForPrompt("label (Enter for none):")
            #expect(!screen.isTaken)
            try screen.type("alice\n")
            try screen.waitForPrompt(Self.keys)
            try screen.waitFor("1  approve \(alice.fingerprint.description.prefix(16)) (alice) by ")
            #expect(try scene.reply(to: alice) == 250)
            // A trustd that dies is told, although it says nothing any more.
            try daemon.kill()
            try screen.waitFor("no trustd follows the log")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
            // What was told stays in the terminal.
            #expect(screen.everything.contains { $0.hasPrefix("done: approve \(alice.fingerprint)".prefix(60)) }, "\(screen.everything)")
        }
    }

    @Test("d denies, f forgets, s skips to the next, u takes the last back") func keys() throws {
        try RelayScene.run { scene in
            let clients = try queue("alice", "bob", "carol", "dave", in: scene)
            let screen = try screen(scene)
            try open(clients[0], on: screen)
            try screen.type("d")
            try screen.waitForPrompt(Self.keys)
            try open(clients[1], on: screen)
            try screen.type("s")
            try screen.waitForPrompt(Self.keys)
            try open(clients[2], on: screen)
            try screen.type("u")
            try screen.waitFor("the last decision made here is taken back")
            #expect(try scene.operator.entries("denied").isEmpty)
            try screen.type("f")
            try screen.waitForPrompt(Self.keys)
            #expect(screen.text.contains("2  undo of decision 1 ") && screen.text.contains("3  forget "), "\(screen.text)")
            try open(clients[3], on: screen)
            try screen.type("u")
            try screen.waitForPrompt("press a key to go back to the table")
            #expect(screen.text.contains("what was forgotten cannot be taken back"), "\(screen.text)")
            try screen.type("x")
            try waitForQuestion(on: screen)
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
            #expect(Set(try scene.operator.entries().map(\.fingerprint)) == Set([clients[1], clients[3]].map { "\($0.fingerprint)" }))
        }
    }

    @Test("with --read-back only the groups that the owner reads let it relay; the card hides them") func readBack() throws {
        try RelayScene.run { scene in
            let alice = try queue("alice", in: scene)[0]
            let groups = alice.fingerprint.grouped.joined(separator: " ").split(separator: " ")
            let screen = try screen(scene, "--read-back")
            try open(alice, on: screen)
            for isRight in [false, true] {
                #expect(screen.rows.joined().components(separatedBy: "____").count == 13, "\(screen.text)")
                try screen.type("a")
                try screen.waitForPrompt("as the owner reads them:")
                let question = try #require(screen.rows.last)
                let numbers = question.replacing(#/of 16.*/#, with: "").split { !$0.isNumber }.compactMap { Int($0) }
                let answer = numbers.map { groups[$0 - 1].lowercased() }.joined(separator: " ")
                try screen.type((isRight ? answer : "0000 0000 0000 0000") + "\n")
                if isRight { break }
                try screen.waitForPrompt("press a key to go back to the table")
                try screen.type("x")
                try waitForQuestion(on: screen)
            }
            try screen.waitForPrompt("label (Enter for none):")
            #expect(try scene.trusted.isEmpty)
            try screen.type("\n")
            try screen.waitForPrompt(Self.keys)
            #expect(try scene.trusted == ["\(alice.fingerprint)"])
        }
    }

    @Test("a terminal that goes away leaves the decision whole, or none at all", arguments: ["", "a", "a ali", "a alice\n", "d", "f"])
    func hangUp(typed: String) throws {
        try RelayScene.run { scene in
            let alice = try queue("alice", in: scene)[0]
            let screen = try screen(scene)
            try open(alice, on: screen)
            if !typed.isEmpty { try screen.type(String(typed.prefix(1))) }
            if typed.hasPrefix("a") {
                try screen.waitForPrompt("label (Enter for none):")
                try screen.type(String(typed.dropFirst(2)))
            }
            try screen.hangUp()
            // The next command waits for one that is still at work.
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            try waitUntil("watch ends") {
                !SceneProcesses.naming(scene.folder).contains {
                    SceneProcesses.program(of: $0) == BuiltPrograms.trustctl && SceneProcesses.commandLine(of: $0).contains("watch")
                }
            }
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            let state = try scene.operator.state(of: alice)
            #expect(!File.exists(scene.folder("ledger/journal")))
            #expect(try scene.trusted.isEmpty == (state != "approved"))
            if ["", "a", "a ali"].contains(typed) { #expect(state == "pending") }
        }
    }

    @Test("who is not root only looks") func looking() throws {
        try RelayScene.run { scene in
            let alice = try queue("alice", in: scene)[0]
            for name in ["state/pending", "state/position"] { chmod(scene.folder(name), 0o755) }
            for name in [scene.folder("ledger/ledger")] where File.exists(name) { chmod(name, 0o644) }
            let screen = try TerminalScreen(
                [
                    "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", BuiltPrograms.trustctl, "watch", "--config",
                    scene.operator.settings,
                ],
                in: scene.folder)
            try screen.waitForPrompt(Self.keys)
            try open(alice, on: screen)
            try screen.waitForPrompt("only root decides; Esc goes back, q quit")
            try screen.type("a")
            try screen.waitFor("only root decides: sudo trustctl watch")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
            #expect(try scene.trusted.isEmpty)
        }
    }
}

import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// `trustctl review` on a terminal emulator, with a real Exim.
@Suite("review: card by card, decided by keys")
struct ReviewTests {
    static let keys = "q quit:"

    /// Clients that wait, the last one seen last, so that it is the first to be shown.
    func queue(_ names: String..., in scene: RelayScene) throws -> [ClientCertificate] {
        let now = Timestamp.now
        return try names.enumerated().map { index, name in
            let client = try scene.makeClient(name)
            try scene.folder.queue(client, secondsAgo: Int64(1_000 - index), before: now)
            return client
        }
    }

    /// The processes of `trustctl review`.
    private func reviews(in scene: RelayScene) -> [pid_t] {
        SceneProcesses.naming(scene.folder).filter {
            SceneProcesses.program(of: $0) == BuiltPrograms.trustctl && SceneProcesses.commandLine(of: $0).contains("review")
        }
    }

    func screen(
        _ scene: RelayScene, _ options: String..., columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]
    ) throws -> TerminalScreen {
        try TerminalScreen(
            [BuiltPrograms.trustctl, "review"] + options + ["--config", scene.operator.settings], columns: columns, rows: rows,
            environment: environment, in: scene.folder)
    }

    /// Types these keys, and waits until the text is shown and the next key is asked for.
    func type(_ keys: String, into screen: TerminalScreen, until text: String) throws {
        try screen.type(keys)
        try screen.waitFor(text)
        try screen.waitForPrompt(Self.keys)
    }

    @Test("a approves with a label, d denies, f forgets, s skips, ? helps, q quits") func keys() throws {
        try RelayScene.run { scene in
            let clients = try queue("eve", "dave", "carol", "bob", "alice", in: scene)
            let screen = try screen(scene)
            try screen.waitForPrompt(Self.keys)
            #expect(screen.text.contains("Let this certificate relay? (1 of 5)"))
            // At 80x24 the whole of what is compared is on the screen.
            let shown = screen.rows.joined().filter { $0.isHexDigit && !$0.isLowercase }
            #expect(shown.contains("\(clients[4].fingerprint)"), "\(screen.text)")
            try screen.type("a")
            try screen.waitForPrompt("label (Enter for none):")
            try type("alice\n", into: screen, until: "(2 of 5)")
            #expect(try scene.operator.entries("approved").map(\.label) == ["alice"])
            #expect(try scene.reply(to: clients[4]) == 250)
            try type("d", into: screen, until: "(3 of 5)")
            try type("f", into: screen, until: "(4 of 5)")
            try type("s", into: screen, until: "(5 of 5)")
            try type("?", into: screen, until: "deny: refuse it until that is undone")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
            #expect(screen.rows.last?.hasSuffix("1 approved, 1 denied, 1 forgotten; 2 still wait") == true, "\(screen.text)")
            #expect(try scene.operator.entries("denied").map(\.fingerprint) == ["\(clients[3].fingerprint)"])
            #expect(Set(try scene.operator.entries().map(\.fingerprint)) == Set(clients.prefix(2).map { "\($0.fingerprint)" }))
        }
    }

    @Test("u takes the last decision back, and says what cannot be taken back") func undo() throws {
        try RelayScene.run { scene in
            let clients = try queue("carol", "bob", "alice", in: scene)
            let screen = try screen(scene)
            try screen.waitForPrompt(Self.keys)
            try type("u", into: screen, until: "nothing was decided in this review yet")
            try screen.type("a")
            try screen.waitForPrompt("label (Enter for none):")
            try type("\n", into: screen, until: "(2 of 3)")
            #expect(try scene.trusted == ["\(clients[2].fingerprint)"])
            try type("u", into: screen, until: "done: undo \(clients[2].fingerprint)".prefix(60).description)
            #expect(try scene.trusted.isEmpty)
            try type("f", into: screen, until: "(3 of 3)")
            try type("u", into: screen, until: "what was forgotten cannot be taken back")
            try screen.press("C-c")
            #expect(try screen.waitForEnd() == 0)
        }
    }

    @Test("pasted text decides nothing, marked as pasted or not", arguments: ["xterm-256color", "dumb"])
    func paste(terminal: String) throws {
        try RelayScene.run { scene in
            _ = try queue("alice", in: scene)
            let screen = try TerminalScreen(
                [BuiltPrograms.trustctl, "review", "--config", scene.operator.settings], environment: ["TERM": terminal], in: scene.folder)
            try screen.waitForPrompt(Self.keys)
            try screen.paste("a\nmallory\ny\n")
            try screen.waitFor("pasted text is ignored")
            try screen.waitForPrompt(Self.keys)
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
            #expect(try scene.trusted.isEmpty && scene.operator.entries().count == 1)
        }
    }

    @Test("with --read-back only the groups that the owner reads let it relay; the card hides them") func readBack() throws {
        try RelayScene.run { scene in
            let alice = try queue("alice", in: scene)[0]
            let groups = alice.fingerprint.grouped.joined(separator: " ").split(separator: " ")
            let screen = try screen(scene, "--read-back")
            for isRight in [false, true] {
                try screen.waitForPrompt(Self.keys)
                #expect(screen.rows.joined().components(separatedBy: "____").count == 13, "\(screen.text)")
                try screen.type("a")
                try screen.waitForPrompt("as the owner reads them:")
                let question = try #require(screen.rows.last)
                let numbers = question.replacing(#/of 16.*/#, with: "").split { !$0.isNumber }.compactMap { Int($0) }
                #expect(numbers.count == 4, "\(question)")
                let answer = numbers.map { groups[$0 - 1].lowercased() }.joined(separator: " ")
                try screen.type((isRight ? answer : "0000 0000 0000 0000") + "\n")
                if !isRight { try screen.waitFor("these are not the groups of this certificate") }
            }
            try screen.waitForPrompt("label (Enter for none):")
            #expect(try scene.trusted.isEmpty)
            try screen.type("\n")
            #expect(try screen.waitForEnd() == 0)
            #expect(try scene.trusted == ["\(alice.fingerprint)"])
        }
    }

    @Test("a terminal that goes away leaves the decision whole, or none at all", arguments: ["a", "a ali", "a alice\n", "d", "f"])
    func hangUp(typed: String) throws {
        try RelayScene.run { scene in
            let alice = try queue("alice", in: scene)[0]
            let screen = try screen(scene)
            try screen.waitForPrompt(Self.keys)
            try screen.type(String(typed.prefix(1)))
            if typed.hasPrefix("a") {
                try screen.waitForPrompt("label (Enter for none):")
                try screen.type(String(typed.dropFirst(2)))
            }
            try screen.hangUp()
            // The next command waits for one that is still at work.
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            try waitUntil("review ends") { reviews(in: scene).isEmpty }
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            let state = try scene.operator.state(of: alice)
            #expect(!File.exists(scene.folder("ledger/journal")))
            #expect(try scene.trusted.isEmpty == (state != "approved"))
            if typed == "a" || typed == "a ali" { #expect(state == "pending") }
        }
    }

    @Test("the terminal is as before, however the review ends", arguments: ["q", "C-c", "C-d", "TERM"])
    func restored(end: String) throws {
        try RelayScene.run { scene in
            _ = try queue("alice", in: scene)
            let review = "\(BuiltPrograms.trustctl) review --config \(scene.operator.settings)"
            let screen = try TerminalScreen(
                ["sh", "-c", "stty -a >before; \(review); stty -a >after; cmp before after && echo restored"].map {
                    $0.replacing("before", with: scene.folder("before")).replacing("after", with: scene.folder("after"))
                }, in: scene.folder)
            try screen.waitForPrompt(Self.keys)
            if end == "TERM" {
                for process in reviews(in: scene) { kill(process, SIGTERM) }
            } else {
                try screen.press(end)
            }
            _ = try screen.waitForEnd()
            #expect(screen.text.contains("restored"), "\(screen.text)")
        }
    }

    @Test("without a terminal, with --json or without root nothing is asked") func refused() throws {
        try RelayScene.run { scene in
            let plain = try scene.trustctl("review")
            #expect(plain.exitCode == 64 && plain.errors.contains("there is no terminal to ask on; nothing has changed"), "\(plain)")
            #expect(try scene.trustctl("review", "--json").exitCode == 64)
            let user = try TerminalScreen.run(
                [
                    "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", BuiltPrograms.trustctl, "review", "--config",
                    scene.operator.settings,
                ],
                in: scene.folder)
            #expect(user.exitCode == 77, "\(user)")
        }
    }
}

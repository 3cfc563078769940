import Testing
import TrustCore
import TrustTestSupport

/// What stands on the screen when somebody is asked.
@Suite("Questions on a terminal of 80 columns and 24 rows")
struct QuestionTests {
    private func command(_ scene: RelayScene, _ arguments: String...) -> [String] {
        [BuiltPrograms.trustctl] + arguments + ["--config", scene.operator.settings]
    }

    @Test("the fingerprint and its words stand directly above the question, one for each certificate")
    func each() throws {
        try RelayScene.run { scene in
            let clients = try ["alice", "bob", "carol"].map { try scene.makeClient($0) }
            let names = clients.map { "\($0.fingerprint)" }
            let screen = try TerminalScreen(
                [BuiltPrograms.trustctl, "approve"] + names + ["--config", scene.operator.settings], in: scene.folder)
            for (index, client) in clients.enumerated() {
                try screen.waitForPrompt("Let this certificate relay? (\(index + 1) of 3) [y/N]")
                let rows = screen.rows
                let first = try #require(rows.firstIndex { $0.hasPrefix("fingerprint ") })
                // Two rows of digits and the words, then the question.
                let block = rows[first...].dropLast()
                let digits = block.prefix(2).joined().filter { $0.isHexDigit && !$0.isLowercase && $0 != "\n" }
                #expect(digits == "\(client.fingerprint)", "\(rows.joined(separator: "\n"))")
                let words = block.dropFirst(2).map { $0.dropFirst(15) }.joined(separator: " ").split(separator: " ")
                #expect(words.count == 32 && block.count <= 10, "\(rows.joined(separator: "\n"))")
                #expect(rows[..<first].contains { $0.hasPrefix("state ") })
                try screen.type("y\n")
            }
            #expect(try screen.waitForEnd() == 0)
            #expect(try scene.trusted == Set(names))
        }
    }

    @Test("a no to one of several changes nothing") func allOrNone() throws {
        try RelayScene.run { scene in
            let clients = try ["alice", "bob"].map { try scene.makeClient($0) }
            let screen = try TerminalScreen(
                [BuiltPrograms.trustctl, "approve"] + clients.map { "\($0.fingerprint)" } + ["--config", scene.operator.settings],
                in: scene.folder)
            try screen.waitForPrompt("(1 of 2) [y/N]")
            // Pasted text with a second answer in it does not answer the second question.
            try screen.paste("y\ny\n")
            try screen.waitForPrompt("(2 of 2) [y/N]")
            try screen.type("n\n")
            #expect(try screen.waitForEnd() == 65)
            #expect(screen.text.contains("cancelled; nothing has changed"))
            #expect(try scene.trusted.isEmpty)
        }
    }

    @Test("the question about an undo says that the certificate will relay again")
    func undo() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            #expect(try scene.trustctl("revoke", "alice", "--yes").exitCode == 0)
            let screen = try TerminalScreen(command(scene, "undo", "2"), in: scene.folder)
            try screen.waitForPrompt("Undo decision 2: let this certificate relay again? [y/N]")
            #expect(screen.text.contains("Check all 64 digits"))
            try screen.type("y\n")
            #expect(try screen.waitForEnd() == 0)
            #expect(try scene.trusted == ["\(alice.fingerprint)"])
            let back = try TerminalScreen(command(scene, "undo", "1"), columns: 40, rows: 12, in: scene.folder)
            try back.waitFor("stop trusting this")
            // At 40 columns and 12 rows both are on the screen too.
            #expect(back.rows.joined().filter { $0.isHexDigit && !$0.isLowercase }.contains("\(alice.fingerprint)"), "\(back.text)")
        }
    }

    @Test("250 that are forgotten are one line, asked about and told")
    func crowd() throws {
        try QueueScene.run { scene in
            for number in 1...250 { try scene.add(try QueueScene.fingerprint(number), secondsAgo: 60 + Int64(number) * 60) }
            try scene.add(try QueueScene.fingerprint(999), from: "198.51.100.7")
            let screen = try TerminalScreen(scene.command("forget", "--from", "192.0.2.7"), in: scene.folder)
            try screen.waitForPrompt("Forget these 250 certificates, until they are seen again? [y/N]")
            #expect(screen.everything.count == 2, "\(screen.text)")
            #expect(screen.rows[0] == "250 certificates, seen 2 min ago to 4 h ago, from 192.0.2.7", "\(screen.text)")
            try screen.type("y\n")
            #expect(try screen.waitForEnd() == 0)
            #expect(screen.everything.count == 3 && screen.text.contains("done: forget 250 certificates"), "\(screen.text)")
            #expect(try scene.operator.entries().count == 1)
            // Programs get each of them, as before.
            let one = try scene.operator.trustctl("forget", "--from", "198.51.100.7", "--yes")
            #expect(one.output == "done: forget \(try QueueScene.fingerprint(999))\n", "\(one)")
        }
    }
}

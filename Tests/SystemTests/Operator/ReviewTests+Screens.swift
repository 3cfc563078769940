import Testing
import TrustCore
import TrustTestSupport

/// Where it is read: small and large terminals, and such without colours.
extension ReviewTests {
    /// Waits until the card of `client` asks, and checks that what is compared and what is asked stand on the screen, whole.
    private func check(_ screen: TerminalScreen, asksAbout client: ClientCertificate, _ place: String, in size: (columns: Int, rows: Int))
        throws
    {
        try screen.waitFor("Let this certificate relay? \(place)")
        try screen.waitForPrompt(Self.keys)
        let shown = screen.rows
        #expect(shown.count <= size.rows && shown.allSatisfy { $0.count <= size.columns }, "\(screen.text)")
        let digits = shown.joined().filter { $0.isHexDigit && !$0.isLowercase }
        #expect(digits.contains("\(client.fingerprint)"), "\(screen.text)")
        let question = try #require(shown.firstIndex { $0 == "Let this certificate relay? \(place)" }, "\(screen.text)")
        // Nothing stands between them.
        #expect(question > 0 && !shown[question - 1].isEmpty, "\(screen.text)")
        // Wrapped between words, or not at all.
        let keys = "a approve, d deny, f forget, s skip, u undo the last, ? help, q quit:"
        #expect(shown[(question + 1)...].joined(separator: " ") == keys, "\(screen.text)")
        #expect(!screen.everything.joined().unicodeScalars.contains("\u{200F}"))
    }

    @Test("digits, question and keys are on every screen, and keys decide there", arguments: [(80, 24), (40, 12), (200, 50)])
    func sizes(columns: Int, rows: Int) throws {
        try RelayScene.run { scene in
            let alice = try queue("alice", in: scene)[0]
            // 10 kB of right-to-left marks.
            let hostile = try ClientCertificate("clients/hostile", subject: String(repeating: "\u{200F}", count: 3_300), in: scene.folder)
            try scene.folder.queue(hostile, secondsAgo: 5)
            let screen = try screen(scene, columns: columns, rows: rows)
            try check(screen, asksAbout: hostile, "(1 of 2)", in: (columns, rows))
            try screen.type("d")
            try check(screen, asksAbout: alice, "(2 of 2)", in: (columns, rows))
            try screen.type("a")
            try screen.waitForPrompt("label (Enter for none):")
            try screen.type("alice\n")
            #expect(try screen.waitForEnd() == 0)
            // A line of forty columns breaks it somewhere.
            let end = screen.everything.joined().filter { $0 != " " }
            #expect(end.hasSuffix("1approved,1denied;0stillwait"), "\(screen.text)")
            #expect(try scene.operator.entries("approved").map(\.label) == ["alice"])
            #expect(try scene.operator.entries("denied").map(\.fingerprint) == ["\(hostile.fingerprint)"])
            #expect(try scene.reply(to: alice) == 250)
        }
    }

    @Test("a terminal that is resized between two cards shows the next one in its new size") func resized() throws {
        try RelayScene.run { scene in
            let clients = try queue("carol", "bob", "alice", in: scene)
            let screen = try screen(scene)
            try check(screen, asksAbout: clients[2], "(1 of 3)", in: (80, 24))
            try screen.resize(columns: 40, rows: 12)
            try screen.type("s")
            try check(screen, asksAbout: clients[1], "(2 of 3)", in: (40, 12))
            try screen.resize(columns: 200, rows: 50)
            try screen.type("s")
            try check(screen, asksAbout: clients[0], "(3 of 3)", in: (200, 50))
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
        }
    }

    @Test(
        "NO_COLOR and a dumb terminal have no colours, and the same words",
        arguments: [([:], true), (["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false)]
            as [([String: String], Bool)])
    func colours(environment: [String: String], isColoured: Bool) throws {
        try RelayScene.run { scene in
            let alice = try queue("alice", in: scene)[0]
            let screen = try screen(scene, environment: environment)
            try check(screen, asksAbout: alice, "(1 of 1)", in: (80, 24))
            #expect(screen.coloured.contains("\u{1B}[") == isColoured)
            try screen.type("d")
            #expect(try screen.waitForEnd() == 0)
            #expect(screen.coloured.contains("\u{1B}[") == isColoured)
            #expect(try scene.operator.state(of: alice) == "denied")
        }
    }
}

import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("review and watch in a fleet: what waits anywhere, and what the relays answer") struct ConsoleScreenTests {
    private static let card = "q quit:"
    private static let table = "Enter opens, ? help, q quit"

    private func screen(_ command: String, _ person: Operator, _ fleet: CarriedFleet, _ options: String...) throws -> TerminalScreen {
        // Wide: a line that wraps is found by no text.
        try TerminalScreen(
            [BuiltPrograms.trustctl, command, "--config", person.settings, "--sign-with", fleet.key] + options, columns: 160, rows: 40,
            in: fleet.scene.relays[0].folder)
    }

    private func open(_ client: ClientCertificate, on screen: TerminalScreen) throws {
        try screen.waitFor("> \(client.fingerprint.description.prefix(16))")
        try screen.press("Enter")
        try waitUntil("the card asks; it shows:\n\(screen.text)") { screen.isTaken && screen.text.contains("Let this certificate relay?") }
    }

    /// Approves the opened card, without a label.
    private func approve(on screen: TerminalScreen) throws {
        try screen.type("a")
        try screen.waitForPrompt("label (Enter for none):")
        try screen.type("\n")
    }

    @Test("review at a console shows what a relay has queued, signs, and ends with live on 2 of 2") func review() throws {
        try CarriedFleet.run(2, poll: "1s") { fleet in
            let alice = try fleet.scene.relays[0].makeClient("alice")
            try fleet.scene.relays[0].folder.queue(alice)
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx1"])
            let screen = try screen("review", fleet.console.operator, fleet, "--wait-fleet", "120")
            try screen.waitForPrompt(Self.card)
            let shown = screen.everything
            #expect(shown.contains { $0.hasPrefix("seen by        mx1") }, "\(shown)")
            #expect(shown.contains("subject        CN=alice"), "\(shown)")
            // It waits on mx1, and only there it can be forgotten.
            try screen.type("f")
            try screen.waitFor("it waits on the relays that have seen it; nothing has changed")
            try screen.waitForPrompt(Self.card)
            try approve(on: screen)
            try screen.waitFor("live on 2 of 2")
            #expect(try screen.waitForEnd() == 0)
            let all = screen.everything
            #expect(
                all.contains { $0.hasSuffix("1 approved; 0 still wait") } && all.contains { $0.contains("signed: decision ") }, "\(all)")
            // One card in this sitting for each time it was asked about.
            #expect(all.count { $0 == "subject        CN=alice" } == 2, "\(all)")
            #expect(try fleet.scene.replies(to: alice) == [250, 250])
        }
    }

    @Test("review names in one line who is not live, and goes on; u signs the contrary") func late() throws {
        try CarriedFleet.run(2, poll: "1s") { fleet in
            let relay = fleet.scene.relays[0]
            let (alice, bob) = (try relay.makeClient("alice"), try relay.makeClient("bob"))
            for client in [alice, bob] { try relay.folder.queue(client) }
            for client in [alice, bob] { try fleet.waitUntilSeen(client.fingerprint, by: ["mx1"]) }
            try fleet.stop("mx2")
            let screen = try screen("review", fleet.console.operator, fleet, "--wait-fleet", "5")
            try screen.waitForPrompt(Self.card)
            try approve(on: screen)
            try screen.waitFor("warning: live on 1 of 2; mx2: not heard since ")
            try screen.waitFor("(2 of 2)")
            try screen.waitForPrompt(Self.card)
            try screen.type("u")
            try screen.waitFor("live on 1 of 2; it may be STILL TRUSTED on mx2; mx2: not heard since ")
            try screen.waitForPrompt(Self.card)
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
            for client in [alice, bob] { try waitUntil("mx1 trusts neither") { try fleet.scene.reply(0, client) == 550 } }
        }
    }

    @Test("watch at a console follows mirror, database and receipts without a key being pressed") func watch() throws {
        try CarriedFleet.run(2, poll: "1s") { fleet in
            let relays = fleet.scene.relays
            let (alice, bob) = (try relays[0].makeClient("alice"), try relays[1].makeClient("bob"))
            let screen = try screen("watch", fleet.console.operator, fleet)
            try screen.waitForPrompt(Self.table)
            try screen.waitFor("the fleet's database: connected to \(fleet.server.folder)".prefix(100).description)
            #expect(!screen.text.contains("trustd follows") && !screen.text.contains("no trustd"), "\(screen.text)")
            #expect(screen.text.contains("key alice@example.org: operator by root@safe"), "\(screen.text)")
            try relays[0].folder.queue(alice)
            try screen.waitFor("1 pending; 0 approved")
            #expect(screen.text.contains("SEEN BY") && screen.text.contains(" mx1 "), "\(screen.text)")
            try fleet.stop("mx2")
            try open(alice, on: screen)
            try approve(on: screen)
            try screen.waitFor("signed; live on 1 of 2; waits for mx2")
            try screen.waitForPrompt(Self.table)
            #expect(screen.text.contains(" approve \(alice.fingerprint.description.prefix(16)) by alice@example.org"), "\(screen.text)")
            try fleet.start(1)
            try waitUntil("the answer of mx2 is shown: \(screen.text)") { screen.text.contains("signed; live on 2 of 2\n") }
            #expect(try fleet.scene.replies(to: alice) == [250, 250])
            try relays[1].folder.queue(bob)
            try screen.waitFor("1 pending; 1 approved")
            try fleet.server.stop()
            try screen.waitFor("the fleet's database: not connected")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
        }
    }

    @Test("on a relay both show its own queue, and the answers of all") func member() throws {
        try CarriedFleet.run(2) { fleet in
            let relay = fleet.scene.relays[0]
            let (alice, bob) = (try relay.makeClient("alice"), try relay.makeClient("bob"))
            try relay.folder.queue(alice)
            let review = try screen("review", relay.operator, fleet, "--wait-fleet", "120")
            try review.waitForPrompt(Self.card)
            try approve(on: review)
            try review.waitFor("live on 2 of 2")
            #expect(try review.waitForEnd() == 0)
            try relay.folder.queue(bob)
            let watch = try screen("watch", relay.operator, fleet)
            try watch.waitForPrompt(Self.table)
            try open(bob, on: watch)
            try approve(on: watch)
            try watch.waitFor("signed; live on 2 of 2")
            #expect(try fleet.scene.replies(to: bob) == [250, 250])
            try watch.type("q")
            #expect(try watch.waitForEnd() == 0)
        }
    }
}

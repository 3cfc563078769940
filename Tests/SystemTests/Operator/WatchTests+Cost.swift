import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// What it costs, and where it cannot be.
extension WatchTests {
    @Test("ten thousand that wait are shown, walked through and opened") func many() throws {
        try QueueScene.run { scene in
            let now = Timestamp.now
            for number in 1...10_000 { try scene.add(try QueueScene.fingerprint(number), secondsAgo: Int64(number), before: now) }
            let screen = try screen(scene)
            #expect(screen.text.contains("10000 pending") && screen.rows.last?.hasPrefix("1 of 10000 ") == true, "\(screen.text)")
            try screen.type("G")
            try screen.waitFor("> 0000000000002710")
            try screen.type("kkkk")
            try screen.waitFor("> 000000000000270C")
            pause()
            try screen.press("Enter")
            try screen.waitFor("0000 0000 0000 270C")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
        }
    }

    @Test("without a screen, or with --json, it says what to type instead; NO_COLOR is heard") func refused() throws {
        try QueueScene.run { scene in
            _ = try fill(scene)
            let sentence = "watch needs a terminal with a screen; type `trustctl list` or `trustctl review` instead"
            let plain = try scene.operator.trustctl("watch")
            #expect(plain.exitCode == 64 && plain.errors == "trustctl: \(sentence)\n" && plain.output.isEmpty, "\(plain)")
            #expect(try scene.operator.trustctl("watch", "--json").exitCode == 64)
            let dumb = try TerminalScreen.run(scene.command("watch"), columns: 120, environment: ["TERM": "dumb"], in: scene.folder)
            #expect(dumb.exitCode == 64 && dumb.lines == ["trustctl: \(sentence)"], "\(dumb)")
            for (environment, isColoured) in [([:], true), (["NO_COLOR": "1"], false)] as [([String: String], Bool)] {
                let screen = try screen(scene, environment: environment)
                #expect(screen.coloured.contains("\u{1B}[") == isColoured, "\(environment)")
                #expect(screen.text.contains("\n> "))
            }
        }
    }
}

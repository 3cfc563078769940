import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// `trustctl watch` on a terminal emulator.
@Suite("watch: the queue on the whole screen")
struct WatchTests {
    static let keys = "Enter opens, ? help, q quit"
    static let cardKeys = "? help, q quit"

    func screen(
        _ scene: QueueScene, _ options: String..., columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]
    ) throws -> TerminalScreen {
        let screen = try TerminalScreen(
            scene.command("watch") + options, columns: columns, rows: rows, environment: environment, in: scene.folder)
        try screen.waitForPrompt(Self.keys)
        return screen
    }

    func fill(_ scene: QueueScene) throws -> [Fingerprint] {
        let laptop = try ClientCertificate("laptop", in: scene.folder)
        try scene.add(laptop.fingerprint, secondsAgo: 185, sightings: 4, from: "198.51.100.7", certificate: laptop)
        // 10 kB of right-to-left marks.
        let hostile = try ClientCertificate("hostile", subject: String(repeating: "\u{200F}", count: 3_300), in: scene.folder)
        try scene.add(hostile.fingerprint, secondsAgo: 7_205, from: "2001:db8:1111:2222:3333:4444:5555:6666", certificate: hostile)
        try scene.add(try QueueScene.fingerprint(0xABC), secondsAgo: 10, from: nil)
        return [try QueueScene.fingerprint(0xABC), laptop.fingerprint, hostile.fingerprint]
    }

    func watches(in folder: SceneFolder) -> [pid_t] {
        SceneProcesses.naming(folder).filter {
            SceneProcesses.program(of: $0) == BuiltPrograms.trustctl && SceneProcesses.commandLine(of: $0).contains("watch")
        }
    }

    /// A person's time between two keys: what comes sooner behind a move is taken for a paste.
    func pause() { usleep(60_000) }

    @Test("table, card and help fit every size, with strangers' text escaped", arguments: [(80, 24), (40, 12), (200, 50)])
    func sizes(columns: Int, rows: Int) throws {
        try QueueScene.run { scene in
            let fingerprints = try fill(scene)
            let screen = try screen(scene, columns: columns, rows: rows)
            func check(_ what: String) {
                let shown = screen.rows
                #expect(shown.count <= rows && shown.allSatisfy { $0.count <= columns }, "\(what)\n\(screen.text)")
                #expect(!screen.text.unicodeScalars.contains("\u{200F}"))
            }
            check("table")
            #expect(screen.text.hasPrefix("3 pending; 0 approved\n"))
            for fingerprint in fingerprints { #expect(screen.text.contains("\(fingerprint)".prefix(16)), "\(screen.text)") }
            #expect(screen.rows.contains { $0.hasPrefix("> \(fingerprints[0].description.prefix(16))  ") }, "\(screen.text)")
            #expect(screen.text.contains("\\u{20"))
            try screen.type("G")
            try screen.waitFor("> \(fingerprints[2].description.prefix(16))")
            pause()
            try screen.press("Enter")
            try screen.waitFor("Let this certificate relay?")
            check("card")
            // What is compared stands directly above the question, whole.
            let digits = screen.rows.joined().filter { $0.isHexDigit && !$0.isLowercase }
            #expect(digits.contains("\(fingerprints[2])"), "\(screen.text)")
            try screen.type("?")
            try screen.waitFor("any key goes back")
            check("help")
            try screen.resize(columns: 100, rows: 30)
            try screen.type("x")
            try screen.waitFor("Let this certificate relay?")
            try screen.press("Escape")
            try screen.waitForPrompt(Self.keys)
            #expect(screen.text.contains("FINGERPRINT") && screen.text.contains("last decisions"), "\(screen.text)")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
        }
    }

    @Test("what comes, goes, is decided by others or told by trustd is shown without a key") func follows() throws {
        try QueueScene.run { scene in
            let first = try QueueScene.fingerprint(1)
            let second = try QueueScene.fingerprint(2)
            try scene.add(first, secondsAgo: 600)
            let screen = try screen(scene)
            #expect(screen.text.contains("trustd has never followed a log"), "\(screen.text)")
            try scene.add(second, secondsAgo: 5)
            try screen.waitFor("2 pending; 0 approved")
            // The newest stands first; the mark has stayed where it was.
            try screen.waitFor("> 0000000000000001")
            try scene.refuse(2)
            try screen.waitFor("no trustd follows the log")
            #expect(try scene.operator.trustctl("deny", "\(first)", "--yes").exitCode == 0)
            try screen.waitFor("1 pending, 2 refused for lack of room; 0 approved")
            try screen.waitFor("1  deny 0000000000000001 by ")
            unlink(scene.folder("state/pending/\(second)"))
            try screen.waitFor("nothing waits")
            try screen.resize(columns: 40, rows: 12)
            try waitUntil("the new size is used:\n\(screen.text)") { !screen.text.contains("last decisions") }
        }
    }

    @Test("nothing is decided in the table, by pasted text, or by keys behind it") func paste() throws {
        try QueueScene.run { scene in
            let fingerprints = try fill(scene)
            let screen = try screen(scene)
            try screen.type("d")
            try screen.waitForPrompt("d decides only on an opened card: Enter opens the marked one")
            // With the marks of a paste, and without.
            try screen.paste("\na\n")
            try screen.waitForPrompt("pasted text is ignored: press one key")
            try screen.type("j")
            try screen.waitFor("> \(fingerprints[1].description.prefix(16))")
            pause()
            try screen.press("Enter")
            try screen.waitFor("Let this certificate relay?")
            try screen.paste("d")
            try screen.waitFor("pasted text is ignored: press one key")
            try screen.type("?")
            try screen.waitFor("any key goes back")
            try screen.type("x")
            try screen.waitFor("Let this certificate relay?")
            try screen.type("jjd")
            try screen.waitFor("pasted text is ignored: press one key")
            try screen.press("C-c")
            #expect(try screen.waitForEnd() == 0)
            #expect(try scene.operator.entries().count == 3 && scene.operator.entries("denied").isEmpty)
        }
    }

    @Test("a card stays bound to its certificate while the table changes below it") func bound() throws {
        try QueueScene.run { scene in
            let fingerprints = try fill(scene)
            let screen = try screen(scene)
            try screen.press("Enter")
            try screen.waitFor("Let this certificate relay?")
            // A newer one takes the first row, and somebody else decides about another.
            try scene.add(try QueueScene.fingerprint(0xFFF), secondsAgo: 1)
            #expect(try scene.operator.trustctl("deny", "\(fingerprints[1])", "--yes").exitCode == 0)
            try screen.type("d")
            try screen.waitForPrompt(Self.keys)
            try screen.waitFor("2  deny 0000000000000ABC by ")
            #expect(Set(try scene.operator.entries("denied").map(\.fingerprint)) == Set(fingerprints.prefix(2).map { "\($0)" }))
            // What another has decided meanwhile cannot be decided here.
            try screen.press("Enter")
            try screen.waitFor("Let this certificate relay?")
            let opened = try #require(try scene.operator.entries().first { screen.text.contains($0.fingerprint.prefix(4)) })
            for entry in try scene.operator.entries() {
                #expect(try scene.operator.trustctl("forget", entry.fingerprint, "--yes").exitCode == 0)
            }
            try screen.waitFor("it does not wait any more")
            try screen.type("d")
            pause()
            try screen.press("Escape")
            try screen.waitFor("nothing waits")
            #expect(try !scene.operator.entries("denied").contains { $0.fingerprint == opened.fingerprint })
        }
    }

    @Test(
        "the terminal is as before, however it ends",
        arguments: ["q", "C-c", "C-d", "TERM", "HUP", "INT", "SEGV", "card", "stopped", "blocked"])
    func restored(end: String) throws {
        try QueueScene.run { scene in
            _ = try fill(scene)
            let watch = scene.command("watch").joined(separator: " ")
            let folder = scene.folder
            let screen = try TerminalScreen(
                [
                    "sh", "-c",
                    "stty -a >\(folder("a")); \(watch); stty -a >\(folder("b")); cmp \(folder("a")) \(folder("b")) && echo restored; cat",
                ],
                in: folder)
            try screen.waitForPrompt(Self.keys)
            #expect(screen.isTaken && !screen.showsCursor)
            let process = try #require(watches(in: folder).first)
            switch end {
            case "TERM": kill(process, SIGTERM)
            case "HUP": kill(process, SIGHUP)
            case "INT": kill(process, SIGINT)
            case "SEGV": kill(process, SIGSEGV)
            case "blocked":
                // Ctrl-S: the terminal takes nothing any more.
                try screen.press("C-s")
                for number in 1...40 { try scene.add(try QueueScene.fingerprint(number), secondsAgo: 1) }
                kill(process, SIGTERM)
            case "stopped":
                // Nobody stops it here, where there is no shell to bring it back.
                kill(process, SIGSTOP)
                try scene.add(try QueueScene.fingerprint(0xFFF), secondsAgo: 1)
                kill(process, SIGCONT)
                // What is typed before it has taken the terminal again is dropped; what has come meanwhile is drawn after that.
                try screen.waitFor("4 pending")
                try screen.type("q")
            case "card":
                try screen.press("Enter")
                try screen.waitFor("Let this certificate relay?")
                try screen.type("q")
            default: try screen.press(end)
            }
            try screen.waitFor("restored")
            #expect(!screen.isTaken && screen.showsCursor)
            try screen.press("C-d")
            _ = try screen.waitForEnd()
        }
    }

    @Test("Ctrl-Z stops it with the terminal as before, and fg brings it back") func stopped() throws {
        try QueueScene.run { scene in
            _ = try fill(scene)
            try scene.folder.write("rc", "PS1='ready> '\nbind 'set enable-bracketed-paste off'\n")
            let screen = try TerminalScreen(
                ["bash", "--noprofile", "--rcfile", scene.folder("rc"), "-i"], columns: 120, in: scene.folder)
            try screen.waitForPrompt("ready>")
            try screen.type(scene.command("watch").joined(separator: " ") + "\n")
            try screen.waitForPrompt(Self.keys)
            try screen.press("C-z")
            try screen.waitForPrompt("ready>")
            #expect(!screen.isTaken && screen.showsCursor)
            try screen.type("stty -a | grep -c -- -icanon; true\n")
            try screen.waitFor("0")
            // What has come meanwhile is there at once.
            try scene.add(try QueueScene.fingerprint(0xFFF), secondsAgo: 1)
            try screen.type("fg\n")
            try screen.waitForPrompt(Self.keys)
            #expect(screen.isTaken && screen.text.contains("4 pending"), "\(screen.text)")
            try screen.type("q")
            try screen.waitForPrompt("ready>")
        }
    }
}

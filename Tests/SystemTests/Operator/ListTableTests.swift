import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// `trustctl list` on a terminal emulator.
@Suite("list on a terminal: a table")
struct ListTableTests {
    /// Right-to-left marks in the names of a certificate, as many as an entry can hold.
    private static let marks = String(repeating: "\u{200F}", count: 3_300)

    private func fill(_ scene: QueueScene) throws {
        let laptop = try ClientCertificate("laptop", in: scene.folder)
        try scene.add(laptop.fingerprint, secondsAgo: 3 * 60 + 5, sightings: 4, from: "198.51.100.7", certificate: laptop)
        let hostile = try ClientCertificate("hostile", subject: Self.marks, in: scene.folder)
        try scene.add(hostile.fingerprint, secondsAgo: 2 * 3_600 + 5, from: "2001:db8:1111:2222:3333:4444:5555:6666", certificate: hostile)
        let old = try ClientCertificate("old", .expired, in: scene.folder)
        try scene.add(old.fingerprint, secondsAgo: 5 * 86_400 + 5, sightings: 123_456, certificate: old)
        try scene.add(try QueueScene.fingerprint(0xABC), secondsAgo: 10, from: nil)
        try scene.refuse(2)
    }

    @Test(
        "every row is whole at every size, and strangers' text is escaped", arguments: [(80, 24), (40, 12), (200, 50), (120, 30)])
    func sizes(columns: Int, rows: Int) throws {
        try QueueScene.run { scene in
            try fill(scene)
            let (lines, status) = try TerminalScreen.run(scene.command("list"), columns: columns, rows: rows, in: scene.folder)
            let shown = lines.joined(separator: "\n")
            #expect(status == 0)
            #expect(shown.replacing("\n", with: " ").hasPrefix("4 pending, 2 refused for lack of room; 0 approved FINGERPRINT"))
            #expect(lines.allSatisfy { $0.count <= columns }, "\(shown)")
            #expect(!shown.unicodeScalars.contains("\u{200F}"))
            #expect(shown.contains("\\u{20"))
            for word in ["just now", "3 min ago", "2 h ago", "5 days ago", "198.51.100.7", "2001:db8:", "expired", "99999+"] {
                #expect(shown.contains(word), "\(word) in\n\(shown)")
            }
            // One row each, the newest first; in a narrow terminal the rest of it stands below.
            let rows = lines.filter { $0.count > 16 && $0.prefix(16).allSatisfy { $0.isHexDigit && !$0.isLowercase } }
            #expect(rows.count == 4 && rows.first?.hasPrefix("0000000000000ABC  ") == true, "\(shown)")
            #expect(rows.allSatisfy { $0.count <= 120 && $0.dropFirst(16).hasPrefix("  ") }, "\(shown)")
            if columns >= 80 {
                #expect(rows.allSatisfy { $0.contains("ago ") || $0.contains("just now ") } && lines.count == 7, "\(shown)")
            }
            if columns >= 120 { #expect(shown.contains("2001:db8:1111:2222:3333:4444:5555:6666"), "\(shown)") }
        }
    }

    @Test("what is no terminal gets the form of before, and so does --long")
    func otherForms() throws {
        try QueueScene.run { scene in
            try fill(scene)
            let piped = try scene.operator.trustctl("list")
            #expect(piped.output.contains("0000000000000ABC\(String(repeating: "5", count: 48))\n  seen once, last 20"), "\(piped)")
            #expect(!piped.output.contains("FINGERPRINT") && piped.errors.isEmpty, "\(piped)")
            let long = try TerminalScreen.run(scene.command("list", "--long"), columns: 200, rows: 50, in: scene.folder).lines
            let paragraphs = piped.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(long.contains("0000000000000ABC\(String(repeating: "5", count: 48))"))
            #expect(long.first == paragraphs.first && long.count >= paragraphs.count - 1)
        }
    }

    @Test("colours only where a terminal has them and nobody has asked for none")
    func colours() throws {
        try QueueScene.run { scene in
            try fill(scene)
            for (environment, expected) in [([:], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false)]
                as [([String: String], Bool)]
            {
                let screen = try TerminalScreen(scene.command("list"), environment: environment, in: scene.folder)
                #expect(try screen.waitForEnd() == 0)
                #expect(screen.coloured.contains("\u{1B}[") == expected, "\(environment): \(screen.coloured.debugDescription)")
            }
        }
    }

    @Test("rows are found by text and by time, and put into order, in every form")
    func filters() throws {
        try QueueScene.run { scene in
            try fill(scene)
            func beginnings(_ arguments: String...) throws -> [String] {
                let run = try ProgramRun.run(scene.command()[0], arguments + ["--config", scene.folder("conf")])
                #expect(run.exitCode == 0, "\(run)")
                return run.output.split(separator: "\n").filter { !$0.hasPrefix(" ") }.map { String($0.prefix(16)) }
            }
            #expect(try beginnings("list", "--grep", "LAPTOP").count == 1)
            #expect(try beginnings("list", "--grep", "0000 0000:0000 0abc") == ["0000000000000ABC"])
            #expect(try beginnings("list", "--grep", "expired").count == 1)
            #expect(try beginnings("list", "--grep", "nobody").isEmpty)
            #expect(try beginnings("list", "--since", "1h").count == 2)
            #expect(try beginnings("list", "--since", "2020-01-01").count == 4)
            #expect(try beginnings("list", "--sort", "seen").first == "0000000000000ABC")
            #expect(try beginnings("list").last == "0000000000000ABC")
            #expect(try beginnings("list", "--sort", "count").dropFirst().first == beginnings("list", "--grep", "laptop").first)
            #expect(try scene.operator.trustctl("list", "--since", "yesterday").exitCode == 64)
            let json = try scene.operator.trustctl("list", "--json", "--grep", "laptop").output
            #expect(json.components(separatedBy: "\"fingerprint\"").count == 2)
            let (lines, _) = try TerminalScreen.run(scene.command("list", "--grep", "laptop"), in: scene.folder)
            #expect(lines.first == "4 pending, 2 refused for lack of room; 0 approved; 1 listed" && lines.count == 4, "\(lines)")
        }
    }

    @Test("where nothing waits, it says so and what to do next")
    func nothing() throws {
        try QueueScene.run { scene in
            let (lines, status) = try TerminalScreen.run(scene.command("list"), in: scene.folder)
            #expect(status == 0 && lines.first == "0 pending; 0 approved")
            #expect(lines.contains("trustctl: nothing is pending") && lines.contains { $0.hasPrefix("trustctl: hint: ") }, "\(lines)")
            #expect(try scene.operator.trustctl("list").text.isEmpty)
        }
    }

    @Test("a thousand rows are a thousand lines")
    func many() throws {
        try QueueScene.run { scene in
            let now = Timestamp.now
            for number in 1...1_000 { try scene.add(try QueueScene.fingerprint(number), secondsAgo: Int64(number), before: now) }
            let (lines, status) = try TerminalScreen.run(scene.command("list"), in: scene.folder)
            try #require(status == 0 && lines.count == 1_003, "\(lines.count)")
            #expect(lines[2].hasPrefix("0000000000000001 ") && lines[1_001].hasPrefix("00000000000003E8 "))
        }
    }
}

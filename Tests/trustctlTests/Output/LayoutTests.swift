import Testing
import TrustCore

@testable import Certificates
@testable import Trust
@testable import trustctl

@Suite("Layout for terminals")
struct LayoutTests {
    @Test(
        "a text takes as many columns as a terminal gives it",
        arguments: [("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한", 2), ("שלום", 4), ("🦊", 2), ("", 0), ("…", 1)])
    func width(text: String, columns: Int) { #expect(DisplayWidth.of(text) == columns) }

    @Test(
        "a text is cut to its columns, with a mark, and between letters",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("abc", 0, ""),
            ("e\u{301}e\u{301}", 2, "e\u{301}e\u{301}"), ("abc", 1, "…"),
        ])
    func clipping(text: String, columns: Int, expected: String) {
        #expect(Array(text.clipped(to: columns).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test("a letter under a hundred marks ends the text") func marks() {
        let text = "a" + String(repeating: "\u{300}", count: 100) + "b"
        #expect(text.clipped(to: 10).unicodeScalars.count == 6 && text.clipped(to: 10).hasSuffix("…"))
    }

    private static let columns: [TableLayout.Column] = [
        .init(title: "FINGERPRINT", minimum: 16), .init(title: "SEEN", minimum: 4, isNumber: true), .init(title: "FROM", minimum: 12),
        .init(title: "SUBJECT", minimum: 12),
    ]

    @Test("no line of a table is wider than the terminal, or than 120 columns", arguments: Array(20...200))
    func table(width: Int) {
        let row = [String(repeating: "A", count: 16), "7", String(repeating: "f", count: 39), String(repeating: "ß日", count: 100)]
        let layout = TableLayout(Self.columns, natural: row.map { DisplayWidth.of($0) }, width: width)
        let lines = (layout.head + layout.row(row.map { .init(text: $0) }, Style(columns: width))).split(separator: "\n")
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= min(width, 120) && !$0.hasSuffix(" ") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix(row[0]) })
        if width >= 60 { #expect(lines.count == 2) }
        // What there is room for is used.
        if width >= 60 { #expect(DisplayWidth.of(lines[1]) >= min(width, 120) - 1) }
    }

    @Test("numbers stand at the right of their column, and an empty cell keeps its place") func alignment() {
        let layout = TableLayout(Self.columns, natural: [16, 4, 12, 5], width: 80)
        let text = layout.row(
            [.init(text: "AAAAAAAAAAAAAAAA"), .init(text: "7"), .init(text: ""), .init(text: "CN=a")], Style(columns: 80))
        #expect(text == "AAAAAAAAAAAAAAAA     7                CN=a\n")
        #expect(layout.head == "FINGERPRINT       SEEN  FROM          SUBJECT\n")
    }

    @Test(
        "times are told in a word or two",
        arguments: [
            (0, "just now"), (59, "just now"), (-59, "just now"), (60, "1 min ago"), (3_599, "59 min ago"), (3_600, "1 h ago"),
            (172_799, "47 h ago"), (172_800, "2 days ago"), (5_183_999, "59 days ago"), (5_184_000, "2026-09-20"), (-3_600, "2026-11-19"),
        ])
    func ago(seconds: Int64, expected: String) throws {
        let now = try #require(Timestamp(rfc3339: "2026-11-19T12:00:00Z"))
        #expect(Ago.text(Timestamp(seconds: now.seconds - seconds), now: now) == expected)
    }

    @Test(
        "a moment is how long ago, a date or a time",
        arguments: [
            ("10m", "2026-11-19T11:50:00Z"), ("2h", "2026-11-19T10:00:00Z"), ("3d", "2026-11-16T12:00:00Z"), ("1w", "2026-11-12T12:00:00Z"),
            ("2026-01-02", "2026-01-02T00:00:00Z"), ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"), ("yesterday", nil), ("-3d", nil),
            ("3", nil),
            ("", nil), ("99999999999999999999d", nil), ("2026-02-30", nil),
        ])
    func moment(text: String, expected: String?) throws {
        let now = try #require(Timestamp(rfc3339: "2026-11-19T12:00:00Z"))
        #expect(Moment(argument: text)?.timestamp(now: now).description == expected)
    }

    @Test("the headline counts") func headline() {
        #expect(Headline(pending: 3, approved: 41, refused: 2).text == "3 pending, 2 refused for lack of room; 41 approved")
        #expect(Headline(pending: 0, approved: 1, refused: 0, denied: 4).text == "0 pending; 1 approved, 4 denied")
        #expect(Headline(pending: 9, approved: 0, matching: 2).text == "9 pending; 0 approved; 2 listed")
    }

    @Test("the words of a fingerprint are whole, and fit", arguments: [30, 40, 54, 60, 80, 200])
    func words(width: Int) throws {
        for digits in ["A1", "FF", "00", "5C"] {
            let fingerprint = try Some.fingerprint(digits)
            let lines = FingerprintLines(fingerprint, style: Style(columns: width)).text.split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= min(width, 80) }, "\(lines)")
            let shown = lines.joined(separator: " ").split(separator: " ")
            let spoken = fingerprint.spoken.joined(separator: " ").split(separator: " ")
            #expect(shown.filter { spoken.contains($0) }.count == 32)
        }
    }

    @Test("without a terminal the words are in rows of eight, as before") func plainWords() throws {
        let fingerprint = try Some.fingerprint("A1")
        let text = FingerprintLines(fingerprint, style: Style(for: -1)).text
        #expect(text.contains("words of the   \(fingerprint.spoken[0])\n"))
        #expect(text.split(separator: "\n").count == 6)
    }

    private func subject(_ number: Int, _ before: TrustState, _ after: TrustState) throws -> Decision.Subject {
        .init(fingerprint: try Some.fingerprint("A\(number % 10)"), before: before, after: after)
    }

    @Test("each question says what becomes true") func questions() throws {
        func ask(_ action: Decision.Action, _ before: TrustState, _ after: TrustState) throws -> String {
            Questions(action, undoes: 5, [try subject(1, before, after)]).of(0)
        }
        #expect(try ask(.approve, .pending, .approved) == "Let this certificate relay?")
        #expect(try ask(.deny, .pending, .denied) == "Deny this certificate from now on?")
        #expect(try ask(.deny, .approved, .denied) == "Stop trusting this certificate, and deny it from now on?")
        #expect(try ask(.revoke, .approved, .none) == "Stop trusting this certificate?")
        #expect(try ask(.forget, .pending, .none) == "Forget this certificate, until it is seen again?")
        #expect(try ask(.undo, .none, .approved) == "Undo decision 5: let this certificate relay again?")
        #expect(try ask(.undo, .approved, .none) == "Undo decision 5: stop trusting this certificate?")
        #expect(try ask(.undo, .approved, .denied) == "Undo decision 5: stop trusting this certificate, and deny again?")
        #expect(try ask(.undo, .denied, .none) == "Undo decision 5: no longer deny this certificate?")
        #expect(try ask(.undo, .none, .denied) == "Undo decision 5: deny this certificate again?")
        #expect(try ask(.undo, .approved, .approved) == "Undo decision 5: give this certificate back the label, end and note of before?")
    }

    @Test("many are asked about at once only where that opens the relay for none of them") func many() throws {
        let pending = try (1...30).map { try subject($0, .pending, .denied) }
        #expect(Questions(.deny, pending).areOne && Questions(.forget, Array(pending.prefix(2))).areOne)
        #expect(!Questions(.deny, Array(pending.prefix(3))).areOne)
        #expect(!Questions(.undo, try (1...30).map { try subject($0, .none, .approved) }).areOne)
    }

    @Test("an interrupted change of 200 fingerprints is told in a short line") func interrupted() throws {
        let fingerprints = try (0..<200).map { try Fingerprint(exactly: (String(1_000 + $0) + String(repeating: "A", count: 60)).utf8) }
        let summary = TrustPlan.Summary(action: .approve, fingerprints: fingerprints, by: "root", time: "2026-11-28T05:17:48Z")
        #expect(summary.description.count < 300 && summary.description.contains("and 197 more by root"))
        let few = TrustPlan.Summary(action: .approve, fingerprints: Array(fingerprints.prefix(2)), by: "root", time: "T")
        #expect(few.description == "approve of \(fingerprints[0]), \(fingerprints[1]) by root, begun T")
    }

    @Test("a long diff has a summary, and a short one none") func diffs() {
        let long = UnifiedDiff.bytes(between: nil, Array(String(repeating: "line\n", count: 30).utf8), path: "f")
        #expect(DiffSummary(long).line == "the diff that follows adds 30 lines and removes 0")
        #expect(DiffSummary(UnifiedDiff.bytes(between: nil, Array("a\n".utf8), path: "f")).line == nil)
    }
}

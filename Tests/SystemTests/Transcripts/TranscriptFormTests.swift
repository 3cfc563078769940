import Testing
import TrustTestSupport

/// What a difference between a transcript and a play is, and what is not.
@Suite("Transcripts: their form and what may vary")
struct TranscriptFormTests {
    private static let (one, other) = (String(repeating: "A1", count: 32), String(repeating: "B2", count: 32))

    @Test("a transcript is written as it was read", arguments: Transcript.all)
    func roundTrip(name: String) throws {
        #expect(try Transcript(name).text == File.read("\(Transcript.folder)/\(name).session"))
    }

    @Test(
        "times and digests may vary, words may not",
        arguments: [
            ("seen once, last 2026-11-22T21:03:04Z", "seen once, last 2027-01-02T03:04:05Z", true),
            ("seen once, last 2026-11-22T21:03:04Z", "seen twice, last 2026-11-22T21:03:04Z", false),
            ("approved 2026-11-22 by root", "approved 2027-01-02 by root", true),
            ("done: approve \(one)", "done: approve \(other)", true),
            ("done: approve \(one)", "done: approve \(one.dropLast())", false),
            ("PGP word list  one two six ten red box cup pen", "PGP word list  pen cup box red ten six two one", true),
            ("kill process 12", "kill process 345", true),
            ("PGP word list  one two ____ ____", "PGP word list  ____ ____ six two", true),
            (
                "groups 1, 2, 3 and 4 of 16, as the owner reads them: AAAA BBBB CCCC DDDD",
                "groups 2, 5, 11 and 16 of 16, as the owner reads them: 1111 2222 3333 4444", true
            ),
            ("<trustd.95C5B45B7F788C4652CCD580E45B7F27@relay>", "<trustd.C2F8DF3DDA0BFC566A15AD156970CD05@relay>", true),
            ("seen 2 times", "seen 3 times", false),
        ])
    func varying(written: String, played: String, same: Bool) {
        #expect(agrees([(written, played)]) == same)
    }

    @Test("a written fingerprint stands for one fingerprint in the whole play")
    func identity() {
        let third = String(repeating: "C3", count: 32)
        #expect(agrees([("a \(Self.one)", "a \(Self.other)"), ("b \(Self.one)", "b \(Self.other)")]))
        #expect(!agrees([("a \(Self.one)", "a \(Self.other)"), ("b \(Self.one)", "b \(third)")]))
        #expect(!agrees([("a \(Self.one)", "a \(Self.other)"), ("b \(third)", "b \(Self.other)")]))
    }

    private func agrees(_ lines: [(written: String, played: String)]) -> Bool {
        var values = TranscriptValues()
        return lines.allSatisfy { values.agree($0.written, $0.played) }
    }

    @Test("the owner reads out what a card leaves out of a fingerprint that was shown whole")
    func readOut() {
        var values = TranscriptValues()
        let digits = (10..<26).map { "\($0)\($0)" }
        values.notice(["sha256 Fingerprint=\((10..<26).map { "\($0):\($0)" }.joined(separator: ":"))"])
        func card(_ hidden: Set<Int>) -> String {
            let groups = digits.enumerated().map { hidden.contains($0 + 1) ? "____" : $1 }
            return "fingerprint    \(groups[..<8].joined(separator: " "))\n               \(groups[8...].joined(separator: " "))\n"
        }
        let question = "groups 2, 5, 11 and 16 of 16, as the owner reads them: "
        #expect(values.readOut(card([2, 5, 11, 16]) + question) == "1111 1414 2020 2525")
        #expect(values.readOut(card([2, 5, 11, 16]).replacing("1010", with: "1011") + question) == nil)
    }

    @Test("what is typed names this play's fingerprint, whole or by its beginning")
    func typed() {
        var values = TranscriptValues()
        let same = values.agree(Self.one, Self.other)
        #expect(same)
        #expect(values.typed("trustctl show \(Self.one)") == "trustctl show \(Self.other)")
        #expect(values.typed("trustctl show \(Self.one.prefix(16)) --json") == "trustctl show \(Self.other.prefix(16)) --json")
        values.notice(["  \(Self.other)"])
        #expect(values.typed("trustctl show @1") == "trustctl show \(Self.other.prefix(16))")
    }
}

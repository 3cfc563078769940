import Testing
import TrustCore

@Suite("SavedPosition")
struct SavedPositionTests {
    static func example() -> SavedPosition {
        var saved = SavedPosition()
        saved.uptime = 12_345
        saved.refused = ["denied": 3, "full": 1]
        saved.logs["/var/log/exim4/mainlog"] = SavedPosition.Log(
            inode: 7, offset: 300, sequence: 900,
            marks: FileMarks(head: Array(repeating: 1, count: 300), tail: Array(repeating: 2, count: 256)))
        var other = SavedPosition.Log(inode: 8, offset: 0, sequence: 0, marks: FileMarks())
        let whole = FileMarks(head: [1, 2, 0xAB], tail: [1, 2, 0xAB])
        other.finished = [9, 10].map { SavedPosition.FinishedFile(inode: $0, offset: 3, examined: 5, marks: whole) }
        other.horizon = "mainlog-20261121"
        (other.counts.lines, other.counts.gaps, other.counts.lost) = (1, 5, 6)
        saved.logs["/b"] = other
        return saved
    }

    @Test("the text has the same bytes as in every version so far") func text() {
        let first = String(repeating: "01", count: 300)
        let last = String(repeating: "02", count: 256)
        let expected = """
            trustd-position 1
            Uptime: 12345
            Refused: 3 denied
            Refused: 1 full
            Log: /b
            Inode: 8
            Offset: 0
            Sequence: 0
            Head:\u{20}
            Tail:\u{20}
            Counts: 1 0 0 0 5 6
            Horizon: mainlog-20261121
            Finished: 9 3 5 0102AB 0102AB
            Finished: 10 3 5 0102AB 0102AB
            Log: /var/log/exim4/mainlog
            Inode: 7
            Offset: 300
            Sequence: 900
            Head: \(first)
            Tail: \(last)
            Counts: 0 0 0 0 0 0
            Horizon:\u{20}
            End

            """
        #expect(String(decoding: Self.example().encoded(), as: UTF8.self) == expected)
    }

    @Test("what was written is read back, and no other length of it is accepted") func roundTrip() {
        let text = Self.example().encoded()
        #expect(SavedPosition(decoding: text) == Self.example())
        for end in 0..<text.count { #expect(SavedPosition(decoding: Array(text[..<end])) == nil) }
        #expect(SavedPosition(decoding: text + [0x0A]) == nil)
        #expect(SavedPosition(decoding: [0xFF]) == nil)
    }

    @Test("a line that is changed, repeated, missing or out of order makes the text unreadable", arguments: 0..<23)
    func changedLine(line: Int) {
        let lines = String(decoding: Self.example().encoded(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 23)
        func reads(_ lines: [Substring]) -> Bool { SavedPosition(decoding: Array((lines.joined(separator: "\n") + "\n").utf8)) != nil }
        // Some lines may be repeated or missing: a refusal's, a finished file's.
        let isOptional = lines[line].hasPrefix("Refused: ") || lines[line].hasPrefix("Finished: ")
        var changed = lines
        changed.remove(at: line)
        #expect(reads(changed) == isOptional)
        changed = lines
        changed.insert(lines[line], at: line)
        #expect(reads(changed) == lines[line].hasPrefix("Finished: "))
        for text in ["Offset: -1", "Sequence: 99999999999999999999", "Head: 0g", "Finished: 9 3 5 0102AB", "x", "", "\u{1B}: 1"] {
            changed = lines
            changed[line] = Substring(text)
            #expect(!reads(changed), "\(text)")
        }
    }
}

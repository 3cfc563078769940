import Testing
import TrustCore

@testable import EximControl

@Suite("ListNote")
struct ListNoteTests {
    private static let usual: [String?] = [
        nil, "alice", "alice's laptop", "a, b", "approved", "approved by me", "x, approved 2020-01-01 by eve", "by", " by ", "ünï, cödé",
        "1", "approved 2026-11-22",
    ]

    @Test("a note that was written is read as the same note", arguments: usual, ["root", "alice", "uid-1000", "a.b-c"])
    func roundTrip(label: String?, by: String) throws {
        let note = ListNote(label: label, day: "2026-11-22", by: by)
        #expect(ListNote(parsing: note.description) == note)
    }

    @Test("a note has this text") func golden() {
        #expect(ListNote(label: nil, day: "2026-11-22", by: "root").description == "approved 2026-11-22 by root")
        #expect(ListNote(label: "a, b", day: "2026-11-22", by: "root").description == "a, b, approved 2026-11-22 by root")
    }

    @Test(
        "other comments are not notes",
        arguments: [
            "", "alice", "approved", "approved by root", "approved 2026-11-22", "approved 2026-11-22 by", "approved 2026-11-22 by ",
            "approved 2026-02-30 by root", "approved yesterday by root", "alice approved 2026-11-22 by root",
            ", approved 2026-11-22 by root", "alice,approved 2026-11-22 by root", "Approved 2026-11-22 by root",
            "approved 2026-11-22  by root",
        ])
    func noNote(_ comment: String) { #expect(ListNote(parsing: comment) == nil) }

    @Test("a label may hold a comma or imitate a note") func imitation() {
        let note = ListNote(parsing: "eve, approved 2020-01-01 by eve, approved 2026-11-22 by root")
        #expect(note == ListNote(label: "eve, approved 2020-01-01 by eve", day: "2026-11-22", by: "root"))
    }

    @Test("the label is that of the note, else the last comment above the item") func labels() throws {
        let fingerprint = try Some.fingerprint("A1")
        func label(_ comments: String...) -> String? { TrustList.Item(fingerprint: fingerprint, comments: comments).label }
        #expect(label() == nil)
        #expect(label("") == nil)
        #expect(label("alice") == "alice")
        #expect(label("a heading", "bob") == "bob")
        #expect(label("alice", "approved 2026-11-22 by root") == nil)
        #expect(label("alice", "bob, approved 2026-11-22 by root") == "bob")
    }

    @Test("a new note replaces the old one and keeps other comments") func approving() throws {
        let fingerprint = try Some.fingerprint("A1")
        let old = TrustList(items: [.init(fingerprint: fingerprint, comments: ["the boss", "x, approved 2020-01-01 by root"])])
        let next = old.approving(fingerprint, note: ListNote(label: "y", day: "2026-11-22", by: "carol"))
        #expect(next.items.map(\.comments) == [["the boss", "y, approved 2026-11-22 by carol"]])
        let hand = TrustList(items: [.init(fingerprint: fingerprint, comments: ["the boss"])])
        let named = hand.approving(fingerprint, note: ListNote(label: "y", day: "2026-11-22", by: "carol"))
        #expect(named.items.map(\.comments) == [["the boss", "y, approved 2026-11-22 by carol"]])
    }
}

import Foundation
import Testing
import TrustCore

@testable import Trust

@Suite("Ledger")
struct LedgerTests {
    private func entry(
        _ id: String, _ action: Decision.Action = .approve, after: TrustState = .approved, evidence: Evidence? = nil
    ) throws -> LedgerEntry {
        LedgerEntry(
            Decision(
                id: id, time: "2026-11-22T17:41:59Z", action: action, operator: Operator(login: "alice", uid: 0), reason: "ok / “so”",
                subjects: [
                    .init(
                        fingerprint: try Fingerprint(Some.a), before: .pending, after: after, terms: Terms(label: "l"), evidence: evidence)
                ]))
    }

    private func written(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for number in 0..<count { bytes += try #require(Ledger(bytes).line(for: entry("id-\(number)"))) }
        return bytes
    }

    private func lines(_ bytes: [UInt8]) -> [[UInt8]] { bytes.split(separator: 10).map { Array($0) + [10] } }

    @Test("ledger lines are numbered, chained, and read back as written") func chain() throws {
        let ledger = Ledger(try written(4))
        #expect(ledger.faults().isEmpty)
        #expect(ledger.entries.map(\.number) == [1, 2, 3, 4])
        #expect(ledger.entries.map(\.previous)[0] == nil)
        #expect(ledger.entries[2].previous == Ledger.digest(of: ledger.lines[1].bytes))
        #expect(ledger.holds("id-3") && !ledger.holds("id-4"))
        var first = try entry("id-0")
        first.number = 1
        #expect(ledger.entries[0] == first)
        #expect(Ledger([]).faults().isEmpty && Ledger([]).lines.isEmpty)
    }

    @Test("a line altered, removed, repeated, reordered or inserted before the last is detected", arguments: 0..<3)
    func tampering(place: Int) throws {
        let whole = lines(try written(4))
        var altered = whole
        let text = String(decoding: whole[place], as: UTF8.self)
        altered[place] = Array(text.replacing("alice", with: "bobby").utf8)
        #expect(altered != whole)
        var removed = whole
        removed.remove(at: place)
        var repeated = whole
        repeated.insert(whole[place], at: place)
        var reordered = whole
        reordered.swapAt(place, place + 1)
        var inserted = whole
        inserted.insert(Array("{}\n".utf8), at: place)
        var blanked = whole
        blanked[place] = Array(text.replacing(",\"time\"", with: ", \"time\"").utf8)
        #expect(blanked != whole)
        for tampered in [altered, removed, repeated, reordered, inserted, blanked] {
            #expect(!Ledger(Array(tampered.joined())).faults().isEmpty)
        }
    }

    @Test("a last line that is altered or removed is detected by the seal, also after later lines")
    func lastLine() throws {
        let whole = try written(4)
        let seal = try #require(LedgerSeal(Ledger(whole)))
        #expect(seal.number == 4 && Ledger(whole).faults(seal).isEmpty)
        let parts = lines(whole)
        let altered = parts.dropLast().joined() + Array(String(decoding: parts[3], as: UTF8.self).replacing("alice", with: "bobby").utf8)
        for tampered in [Array(altered), Array(parts.dropLast().joined()), Array(parts.dropLast(3).joined()), []] {
            let ledger = Ledger(tampered)
            #expect(ledger.faults().isEmpty, "the chain alone cannot detect it")
            #expect(ledger.faults(seal).count == 1)
            let next = try #require(ledger.line(for: entry("next"), after: seal))
            let later = Ledger(tampered + next)
            #expect(later.faults().count == 1, "\(later.faults())")
            let last = try #require(later.line(for: entry("last"), after: LedgerSeal(later)))
            #expect(Ledger(later.bytes + last).faults().count == 1)
        }
        // trustctl died before the line was sealed, or its seal did not reach the disk.
        let behind = try #require(LedgerSeal(Ledger(Array(parts.dropLast(2).joined()))))
        #expect(Ledger(whole).faults(behind).isEmpty)
        let next = try #require(Ledger(whole).line(for: entry("next"), after: behind))
        #expect(Ledger(whole + next).faults().isEmpty)
    }

    @Test("a sealed line that was cut later is mended, and the mend records the seal")
    func cutAfterwards() throws {
        let whole = try written(3)
        let seal = try #require(LedgerSeal(Ledger(whole)))
        let torn = Ledger(whole.dropLast(20))
        #expect(torn.faults(seal).isEmpty && torn.faults().count == 1)
        let bytes = try #require(torn.mended(by: Operator(login: "bob", uid: 0), at: .now, seal))
        let mended = Ledger(bytes)
        #expect(mended.entries[2].sealed == seal.digest)
        // Killed before the mend itself was sealed: that is not a fault.
        #expect(mended.faults().isEmpty && mended.faults(seal).isEmpty)
        let next = try #require(mended.line(for: entry("next"), after: seal))
        #expect(Ledger(bytes + next).faults().isEmpty)
        // A line that a crash tore had no seal.
        let older = try #require(LedgerSeal(Ledger(Array(lines(whole).dropLast().joined()))))
        let real = Ledger(try #require(torn.mended(by: Operator(login: "bob", uid: 0), at: .now, older)))
        #expect(real.entries[2].sealed == nil && real.faults(older).isEmpty)
    }

    @Test("a seal is read back as written, and anything else is not a seal") func seal() throws {
        let seal = try #require(LedgerSeal(Ledger(try written(2))))
        let longer = LedgerSeal(number: 1_234_567, digest: seal.digest)
        #expect(seal.bytes.count == longer.bytes.count && seal.bytes.count <= 512)
        #expect(LedgerSeal(seal.bytes) == seal && LedgerSeal(longer.bytes) == longer)
        for bad in [[], Array(seal.bytes.dropLast(1)), Array(longer.bytes.prefix(30) + seal.bytes.dropFirst(30)), Array("1 2 3\n".utf8)] {
            #expect(LedgerSeal(bad) == nil)
        }
    }

    private func mended(_ bytes: [UInt8]) -> [UInt8]? {
        Ledger(bytes).mended(by: Operator(login: "bob", uid: 0), at: Timestamp(rfc3339: "2026-11-23T02:00:00Z") ?? .now)
    }

    @Test("a line torn at any byte is mended, keeping its remains and all lines before it") func torn() throws {
        let whole = try written(3)
        let length = try #require(lines(whole).last).count
        #expect(mended(whole) == nil && mended([]) == nil)
        // Only its newline is missing: the line is complete.
        #expect(mended(whole.dropLast(1)) == whole)
        for left in 1..<(length - 1) {
            let torn = Array(whole.dropLast(length - left))
            #expect(Ledger(torn).faults().count == 1)
            for tail: [UInt8] in [[], [0, 0, 0], [0, 0, 10]] {
                let ledger = Ledger(try #require(mended(torn + tail)))
                #expect(ledger.faults().isEmpty && !ledger.isTorn)
                #expect(ledger.entries.map(\.decision.action) == [.approve, .approve, .mend])
                #expect(ledger.entries[2].torn == Data(torn.suffix(left) + tail.prefix { $0 != 10 }))
                #expect(Array(ledger.bytes.prefix(whole.count - length)) == Array(whole.dropLast(length)))
                #expect(mended(ledger.bytes) == nil)
            }
        }
        // The very first line.
        #expect(Ledger(try #require(mended([123]))).faults().isEmpty)
    }

    @Test("a last line altered beyond parsing is not mistaken for a torn one") func altered() throws {
        for end in ["{}\n", "torn\n", "\u{FFFD}\n"] {
            let bytes = try written(2) + Array(end.utf8)
            #expect(mended(bytes) == nil)
            #expect(Ledger(bytes).faults() == ["line 3 cannot be read"])
        }
    }

    @Test("unknown fields are ignored, and unknown words and huge numbers make a line unreadable") func unknown() throws {
        let line = String(decoding: try written(1), as: UTF8.self)
        #expect(Ledger(Array(line.replacing("{\"action\"", with: "{\"new\":{\"x\":[1]},\"action\"").utf8)).entries.count == 1)
        let digits = String(repeating: "9", count: 2_000_000)
        let bad = [
            line.replacing("\"number\":1", with: "\"number\":\(digits)"), line.replacing("\"uid\":0", with: "\"uid\":-1"),
            line.replacing("\"uid\":0", with: "\"uid\":1e400"), line.replacing("\"approve\"", with: "\"bless\""),
            line.replacing("\"approved\"", with: "\"holy\""), String(repeating: "[", count: 100_000) + "\n", "\u{0}\n", "null\n", "\"\"\n",
            "{\"a\":\"\\ud800\"}\n",
        ]
        for text in bad {
            #expect(text != line)
            let ledger = Ledger(Array((text + line).utf8))
            #expect(ledger.lines.count == 2 && ledger.lines[0].entry == nil)
            #expect(ledger.faults().first == "line 1 cannot be read")
        }
        #expect(Ledger([0xFF, 0xFE, 10]).lines.map { $0.entry == nil } == [true])
    }

    @Test("the latest decision counts, except forget, and its evidence is kept") func latest() throws {
        var bytes: [UInt8] = []
        let first = try entry("1", evidence: Evidence(sightings: 7))
        for next in [first, try entry("2", .revoke, after: .none), try entry("3", .forget, after: .pending)] {
            bytes += try #require(Ledger(bytes).line(for: next))
        }
        let word = try #require(Ledger(bytes).latest[try Some.fingerprint("A1")])
        #expect(word.number == 2)
        #expect(word.evidence?.sightings == 7)
    }
}

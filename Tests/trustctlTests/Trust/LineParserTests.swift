import Foundation
import Testing
import TrustCore

@testable import Trust

@Suite("Reading our own ledger lines")
struct LineParserTests {
    private func lines() throws -> [[UInt8]] {
        let fixture = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/ledgers/0.1.0.ledger")
        return Array(try Data(contentsOf: fixture)).split(separator: 10).map(Array.init)
    }

    private func decoded(_ line: [UInt8]) -> LedgerEntry? { try? JSONDecoder().decode(LedgerEntry.self, from: Data(line)) }

    @Test("every line of 0.1.0 is read as JSONDecoder reads it") func fixture() throws {
        for line in try lines() {
            #expect(LedgerEntry(line: line) != nil)
            #expect(LedgerEntry(line: line) == decoded(line))
        }
    }

    @Test("a line with one byte changed, inserted or left out is read as JSONDecoder reads it, or not at all") func mutated() throws {
        for line in try lines().prefix(4) {
            let short = line.count > 900 ? Array(line.prefix(900)) : line
            for place in stride(from: 0, to: short.count, by: 11) {
                for byte in [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "0"), UInt8(ascii: ","), UInt8(ascii: "}"), 0, 0xFF] {
                    var changed = line
                    changed[place] = byte
                    var inserted = line
                    inserted.insert(byte, at: place)
                    for text in [changed, inserted] { #expect(LedgerEntry(line: text) == decoded(text)) }
                }
                var removed = line
                removed.remove(at: place)
                #expect(LedgerEntry(line: removed) == decoded(removed))
            }
        }
    }

    @Test("a fleet's change is read as JSONDecoder reads it, whatever byte of it is changed") func fleet() throws {
        let signed = (1...3).map { number in
            LocalEffects.FleetChange.Signed(
                digest: String(repeating: "\(number)", count: 64), serial: "\(number)", signer: "alice@example.org",
                reason: number == 2 ? "compared" : nil)
        }
        let fingerprints = try ["A", "B", "C"].map { try Fingerprint(String(repeating: "1\($0)", count: 32)) }
        var entry = LedgerEntry(
            Decision(
                .fleet, by: .current,
                subjects: fingerprints.enumerated().map { number, one in
                    var subject = Decision.Subject(
                        fingerprint: one, before: .none, after: .approved, terms: Terms(label: "client \(number)"))
                    subject.signed = number == 2 ? nil : number
                    return subject
                }))
        entry.effects.fleet = .init(name: "example-mail", heads: [signed[2].digest], decisions: signed)
        let end = LedgerEnd(lines: 6, size: 0, last: nil)
        let line = Array(try #require(end.line(for: entry, after: nil)).dropLast())
        let read = try #require(LedgerEntry(line: line))
        #expect(read == decoded(line) && read.effects.fleet == entry.effects.fleet)
        #expect(read.decision.subjects.map(\.signed) == [0, 1, nil])
        for place in stride(from: 0, to: line.count, by: 7) {
            for byte in [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "0"), UInt8(ascii: "]"), UInt8(ascii: "x")] {
                var changed = line
                changed[place] = byte
                #expect(LedgerEntry(line: changed) == decoded(changed))
            }
        }
    }
}

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
}

import Testing

@testable import Fleet
@testable import FleetCarrier

@Suite("A pack gives its records, and nothing behind what is no record") struct PackTests {
    /// The records before the end or the fault, and whether there was one.
    private func read(_ bytes: [UInt8]) throws -> (records: [PackRecord], isFaulty: Bool) {
        var reader = try PackReader(bytes)
        var records: [PackRecord] = []
        do { while let record = try reader.next() { records.append(record) } } catch {
            #expect(try reader.next() == nil, "a fault is the end")
            return (records, true)
        }
        return (records, false)
    }

    @Test("records read back, and a pack that is cut anywhere gives the whole ones before") func cut() throws {
        let pack = try SignedPack.bytes()
        let records = try SignedPack.records()
        #expect(records.flatMap(\.encoded) == pack)
        var ends = [0]
        for record in records { ends.append((ends.last ?? 0) + record.encoded.count) }
        for count in 0..<pack.count {
            let (found, isFaulty) = try read(Array(pack[..<count]))
            #expect(found.count == ends.count { $0 > 0 && $0 <= count })
            #expect(isFaulty == !ends.contains(count))
        }
    }

    @Test("sizes that lie, and headings that are none") func headings() throws {
        let good = PackRecord(body: Array("body\n".utf8), signature: Array("sig\n".utf8)).encoded
        #expect(try read(good + good).records.count == 2)
        let unsigned = PackRecord(body: Array("body\n".utf8), signature: [])
        #expect(try read(unsigned.encoded + good).records.first == unsigned)
        let headings = [
            "trust-record 5 4 \n", "trust-record 05 4\n", "trust-record 5 04\n", "trust-record 5\n", "trust-record 5 4 1\n",
            "trust-record  5 4\n", "trust-record -5 4\n", "trust-record 0 4\n", "trust-record 5 00\n", "trust-record 6 4\n",
            "trust-record 262145 4\n", "trust-record 5 4097\n", "trust-record 99999999999999999999 4\n", "trust-record 5 4\r\n",
            "Trust-record 5 4\n", " trust-record 5 4\n", "\n", "trust-record",
        ]
        for heading in headings {
            let (records, isFaulty) = try read(good + Array(heading.utf8) + Array("body\nsig\n".utf8))
            #expect(records.count == 1 && isFaulty, "\(heading)")
        }
    }

    @Test("4 MiB and no more; our own file may be larger") func size() throws {
        let record = PackRecord(body: [UInt8](repeating: 0x61, count: Decision.maximumSize), signature: [0x62])
        let many = (0..<16).flatMap { _ in record.encoded }
        #expect(throws: PackReader.Fault.tooLarge(limit: 4 * 1024 * 1024)) { try PackReader(many) }
        var reader = try PackReader(many, limit: many.count)
        #expect(try reader.next() == record)
    }
}

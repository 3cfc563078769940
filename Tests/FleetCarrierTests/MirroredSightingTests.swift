import FleetCarrier
import Testing
import TrustCore

@Suite("What relays saw, as it is carried and kept") struct MirroredSightingTests {
    private func entry(_ number: Int) throws -> PendingEntry {
        let digits = String(number)
        let fingerprint = try Fingerprint(String(repeating: "A", count: 64 - digits.count) + digits)
        var entry = PendingEntry(
            fingerprint: fingerprint, firstSeen: Timestamp(seconds: 100), lastSeen: Timestamp(seconds: 200), sightings: 7,
            addresses: [Address("192.0.2.7"), Address("2001:db8::1")].compactMap { $0 },
            observed: .init(address: Address("198.51.100.1"), helo: "mail \u{202E}example", domain: "remote.example"))
        entry.counted = ["/var/log/exim4/mainlog": 12]
        entry.certificate = "AAAA"
        return entry
    }

    @Test("entries read back without certificate and counts, each once; what is none is left out") func file() throws {
        let entries = try (1...3).map { try entry($0) }
        let bytes = entries.flatMap { MirroredSightings.encoded($0) }
        let read = MirroredSightings.entries(bytes + MirroredSightings.encoded(entries[0]))
        #expect(read.map(\.fingerprint) == entries.map(\.fingerprint))
        #expect(read.allSatisfy { $0.certificate == nil && $0.counted.isEmpty && $0.sightings == 7 && $0.addresses.count == 2 })
        for cut in 0..<bytes.count { #expect(MirroredSightings.entries(Array(bytes[..<cut])).count <= 3) }
        let junk = PackRecord(body: Array("trustd-pending 1\nFingerprint: \(Fingerprint.digestOfNothing)\n".utf8), signature: []).encoded
        #expect(MirroredSightings.entries(junk + bytes).count == 3)
        #expect(MirroredSightings.entries(bytes + [UInt8](repeating: 0x41, count: MirroredSightings.mostBytes)).isEmpty)
    }

    @Test("what was observed reads back, and a stranger's long names do not make it too long") func observed() throws {
        let observed = try #require(try entry(1).observed)
        let read = try #require(PendingEntry.Observation(carried: observed.carried))
        #expect(read.address == observed.address && read.domain == observed.domain)
        #expect(read.helo == Printable("mail \u{202E}example").description)
        var long = observed
        long.helo = String(repeating: "\u{1F4A9}", count: 4_000)
        (long.domain, long.address) = (long.helo, nil)
        long.oneOf = [Address("192.0.2.1"), Address("192.0.2.2")].compactMap { $0 }
        #expect(long.carried.count <= PendingEntry.Observation.mostCarried)
        #expect(PendingEntry.Observation(carried: long.carried)?.oneOf == long.oneOf)
        for line in ["End\n", "Address: none\n", "One-Of: 192.0.2.1\n", "Other: 1\n"] {
            #expect(PendingEntry.Observation(carried: Array("trust-observed 1\n\(line)End\n".utf8)) == nil, "\(line)")
        }
        #expect(PendingEntry.Observation(carried: []) == nil)
    }

    @Test("the room is shared: of many relays each has a little, and together they have no more") func share() {
        for relays in [0, 1, 2, 42, 1_000, 10_000, 20_000] {
            let share = MirroredSightings.share(of: relays)
            #expect(share.entries >= 1 && share.bytes >= PendingEntry.maximumSize && share.bytes <= MirroredSightings.mostBytes)
            if relays <= MirroredSightings.most { #expect(share.entries * max(relays, 1) <= MirroredSightings.most) }
        }
    }
}

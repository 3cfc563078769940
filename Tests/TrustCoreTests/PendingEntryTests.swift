import Testing
import TrustCore

@Suite("PendingEntry")
struct PendingEntryTests {
    let name = exampleDigits

    func entry() throws -> PendingEntry {
        PendingEntry(
            fingerprint: try Fingerprint(name), firstSeen: Timestamp(seconds: 1_795_000_000), lastSeen: Timestamp(seconds: 1_795_000_100),
            sightings: 7, addresses: ["192.0.2.1", "2001:db8::1"].compactMap { Address($0) },
            observed: .init(address: Address("192.0.2.9"), helo: "vm", domain: "remote.example"),
            counted: ["/var/log/exim4/mainlog": 12_345, "/b c": 7], certificate: String(repeating: "QUJD", count: 100))
    }

    @Test("an entry is read back as it was written") func roundTrip() throws {
        var entry = try entry()
        #expect(try PendingEntry(decoding: entry.encoded(), name: name) == entry)
        entry.certificate = nil
        entry.observed = nil
        entry.addresses = []
        entry.counted = [:]
        #expect(try PendingEntry(decoding: entry.encoded(), name: name) == entry)
    }

    @Test("a choice of addresses is read back, in words that version 0.1 reads too") func choice() throws {
        var entry = try entry()
        let all = ["192.0.2.7", "2001:db8::9"].compactMap { Address($0) }
        entry.observed = .init(oneOf: all.map { .init(address: $0, helo: "vm", domain: $0.description) })
        #expect(
            entry.observed?.address == nil && entry.observed?.oneOf == all && entry.observed?.helo == "vm" && entry.observed?.domain == nil)
        #expect(try PendingEntry(decoding: entry.encoded(), name: name) == entry)
        let text = String(decoding: entry.encoded(), as: UTF8.self)
        #expect(text.contains("\nCounted: 0 observed one of 192.0.2.7, 2001:db8::9\n"), "0.1: a number, and the name of a log")
        // A trustd of version 0.1 has learned the address since.
        let later = text.replacing("\nCounted: 0", with: "\nObserved-Address: 192.0.2.7\nCounted: 0")
        #expect(try PendingEntry(decoding: Array(later.utf8), name: name).observed?.oneOf == [])
        for bad in [
            "", "192.0.2.7", "192.0.2.7,192.0.2.8", "192.0.2.7, 192.0.2.7", "192.0.2.7, x",
            "192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, ::1",
        ] {
            let broken = text.replacing("192.0.2.7, 2001:db8::9", with: bad)
            #expect(throws: PendingEntryError.self, "\(bad)") { try PendingEntry(decoding: Array(broken.utf8), name: name) }
        }
    }

    @Test("truncated at any byte, it is refused or is a complete smaller entry") func truncated() throws {
        let bytes = try entry().encoded()
        for end in 0..<bytes.count {
            let part = Array(bytes[..<end])
            guard let entry = try? PendingEntry(decoding: part, name: name) else { continue }
            #expect(entry.encoded() == part, "\(end)")
        }
    }

    @Test("changing a byte never makes another fingerprint") func changed() throws {
        let bytes = try entry().encoded()
        for index in bytes.indices {
            for byte in [0, 0x1B, 0x41, 0x0A, 0xFF] as [UInt8] {
                var broken = bytes
                broken[index] = byte
                guard let entry = try? PendingEntry(decoding: broken, name: name) else { continue }
                #expect(entry.fingerprint.description == name)
            }
        }
    }

    @Test("what is not an entry is refused") func hostile() throws {
        let bytes = try entry().encoded()
        #expect(throws: PendingEntryError.tooLarge) {
            try PendingEntry(decoding: Array(repeating: 65, count: PendingEntry.maximumSize + 1), name: name)
        }
        let other = String(name.reversed())
        #expect(throws: PendingEntryError.otherName(try Fingerprint(name))) { try PendingEntry(decoding: bytes, name: other) }
        for line in [
            "Sightings: 0", "Sightings: -1", "Sightings: 99999999999999999999", "First-Seen: yesterday", "Fingerprint: x",
            "Observed-Helo: \u{1B}[m",
        ] {
            let key = line.prefix { $0 != ":" }
            let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.hasPrefix(key + ":") ? Substring(line) : $0 }.joined(separator: "\n")
            #expect(throws: PendingEntryError.self, "\(line)") { try PendingEntry(decoding: Array(text.utf8), name: name) }
        }
        let more = String(decoding: bytes, as: UTF8.self)
        for line in ["Label: alice", "Address: nowhere", "Counted: x", "nonsense", "Fingerprint: \(name)"] {
            let text = more.replacing("\nSightings: 7\n", with: "\nSightings: 7\n\(line)\n")
            #expect(throws: PendingEntryError.self, "\(line)") { try PendingEntry(decoding: Array(text.utf8), name: name) }
        }
    }

    @Test("only the latest addresses are remembered") func addresses() throws {
        var entry = try entry()
        for number in 1...20 { entry.remember(try #require(Address("192.0.2.\(number)"))) }
        #expect(entry.addresses.count == PendingEntry.maximumAddresses)
        #expect(entry.addresses.last?.description == "192.0.2.20")
        entry.remember(try #require(Address("192.0.2.15")))
        #expect(entry.addresses.count == PendingEntry.maximumAddresses && entry.addresses.last?.description == "192.0.2.15")
    }

    @Test("an address has one spelling, and an IPv6 /64 is one block") func address() {
        #expect(Address("2001:DB8:0:0::1")?.description == "2001:db8::1")
        #expect(Address("2001:db8::1")?.block == Address("2001:db8::ffff:1")?.block)
        #expect(Address("2001:db8::1")?.block != Address("2001:db8:0:1::1")?.block)
        for text in ["", "1.2.3", "1.2.3.4.5", "::1%lo", "1.2.3.4 ", "[::1]", String(repeating: "1", count: 100)] {
            #expect(Address(text) == nil)
        }
    }

    @Test("base64 is decoded strictly") func base64() {
        #expect(Base64.decode(Array("QUJD".utf8)) == Array("ABC".utf8))
        #expect(Base64.decode(Array("QUI=".utf8)) == Array("AB".utf8))
        #expect(Base64.decode(Array("QQ==".utf8)) == Array("A".utf8))
        for text in ["", "QUJ", "====", "Q===", "QU=D", "QUJD\n", "QU-_"] { #expect(Base64.decode(Array(text.utf8)) == nil, "\(text)") }
    }
}

import Foundation
import Testing
import TrustCore
import TrustTestSupport

@testable import Fleet
@testable import FleetCarrier

@Suite("What waits on a relay has one spelling, and is its root's own word") struct SightingTests {
    private static let genesis = String(repeating: "A", count: 64)
    static let whole = """
        trust-sighting 1
        Fleet: example-mail \(genesis)
        Member: mx1.example.org
        Time: 2026-11-28T02:00:07.412Z
        Part: 1 of 1

        Fingerprint: \(String(repeating: "B", count: 64))
        First-Seen: 2026-11-28T01:00:00Z
        Last-Seen: 2026-11-28T02:00:00Z
        Sightings: 7
        Address: 192.0.2.7
        Address: 2001:db8::1
        Observed-Address: 198.51.100.1
        Observed-Helo: mail.example
        Observed-Domain: remote.example

        Fingerprint: \(String(repeating: "C", count: 64))
        First-Seen: 2026-11-28T01:00:00Z
        Last-Seen: 2026-11-28T01:00:00Z
        Sightings: 1
        Observed-One-Of: 192.0.2.1
        Observed-One-Of: 192.0.2.2

        """

    private func reads(_ text: String) -> Bool {
        do {
            let record = try SightingRecord(Array(text.utf8))
            #expect(record.encoded == Array(text.utf8))
            return true
        } catch { return false }
    }

    private func changed(_ old: String, _ new: String) -> String {
        #expect(Self.whole.contains(old), "\(old)")
        return Self.whole.replacingOccurrences(of: old, with: new)
    }

    @Test("it reads back, and every line stands in its place") func spelling() throws {
        #expect(reads(Self.whole))
        let head = Self.whole.components(separatedBy: "\n\n")[0] + "\n"
        #expect(reads(head), "nothing waits")
        let lines = Self.whole.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        let mayMiss = ["Address: ", "Observed-Address: ", "Observed-Helo: ", "Observed-Domain: "]
        for (index, line) in lines.enumerated() {
            var (without, twice, late) = (lines, lines, lines)
            without.remove(at: index)
            twice.insert(line, at: index)
            #expect(reads(without.joined(separator: "\n") + "\n") == mayMiss.contains { line.hasPrefix($0) }, "without \(line)")
            #expect(!reads(twice.joined(separator: "\n") + "\n"), "twice: \(line)")
            guard index + 1 < lines.count else { continue }
            late.swapAt(index, index + 1)
            // Addresses have an order of their own: the latest last.
            let isOrder = line.prefix { $0 != ":" } == lines[index + 1].prefix { $0 != ":" }
            #expect(reads(late.joined(separator: "\n") + "\n") == isOrder, "late: \(line)")
        }
        #expect(!reads(Self.whole + "\n") && !reads(Self.whole + "More: x\n") && !reads(String(Self.whole.dropLast())))
    }

    @Test("control characters, second spellings, and the digest of no certificate are none") func hostile() {
        let one = String(repeating: "B", count: 64)
        let changes: [(String, [String])] = [
            ("192.0.2.7", ["192.0.2.7\u{1B}[2J", "192.0.2.07", "2001:db8::1", "mx1"]),
            ("2001:db8::1", ["2001:DB8::1", "2001:db8:0::1", "2001:db8::1%eth0"]),
            ("mail.example", ["mail\u{1B}[2J", "mail\u{202E}", "mail\\u{1B}", " mail", String(repeating: "x", count: 1_001)]),
            ("remote.example", ["remote\r", "", "remote "]),
            ("Member: mx1.example.org", ["Member: mx1\u{1B}", "Member: ../../etc/passwd", "Member: .new", "Member: "]),
            ("Sightings: 7", ["Sightings: 07", "Sightings: 0", "Sightings: -1", "Sightings: 9223372036854775808"]),
            ("Part: 1 of 1", ["Part: 2 of 1", "Part: 0 of 1", "Part: 1 of 21", "Part: 1 of 01", "Part: 1"]),
            (".412Z", ["Z", ".41Z"]),
            (" \(Self.genesis)\n", [" -\n"]),
            ("Last-Seen: 2026-11-28T02", ["Last-Seen: 2026-11-27T02", "Last-Seen: 2026-11-28t02"]),
            (one, [String(repeating: "b", count: 64), String(repeating: "C", count: 64), Fingerprint.digestOfNothing]),
        ]
        for (old, all) in changes { for new in all { #expect(!reads(changed(old, new)), "\(new)") } }
    }

    private static let fleet = FleetIdentity(name: "example-mail", genesis: Digest(hex: genesis))

    private func entry(_ number: Int, seen: Int64 = 1_795_831_207, helo: String? = nil) throws -> PendingEntry {
        let digits = String(number)
        let fingerprint = try Fingerprint(String(repeating: "A", count: 64 - digits.count) + digits)
        return PendingEntry(
            fingerprint: fingerprint, firstSeen: Timestamp(seconds: seen), lastSeen: Timestamp(seconds: seen),
            addresses: (1...8).compactMap { Address("2001:db8:1111:2222:3333:4444:5555:\($0)") }, observed: .init(helo: helo))
    }

    private func sightings(_ queue: [PendingEntry], at milliseconds: Int = 0) -> MemberSightings {
        MemberSightings(
            fleet: Self.fleet, member: "mx1", time: ReceiptTime(Timestamp(seconds: 1_795_831_300), milliseconds: milliseconds), queue: queue
        )
    }

    @Test("an entry of any queue can be said, without what stays on its host or has two spellings") func reported() throws {
        var entry = try entry(1, helo: "mail \u{202E}example")
        (entry.certificate, entry.counted) = ("AAAA", ["/var/log/exim4/mainlog": 12])
        entry.firstSeen = Timestamp(seconds: entry.lastSeen.seconds + 7)
        entry.sightings = .max
        entry.addresses += entry.addresses
        entry.observed?.domain = "remote.example"
        entry.observed?.oneOf = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].compactMap { Address($0) }
        let record = try #require(sightings([entry]).records.first)
        let read = try #require(try SightingRecord(record.encoded).entries.first)
        #expect(read.certificate == nil && read.counted.isEmpty && read.firstSeen == read.lastSeen && read.addresses.count == 8)
        #expect(read.observed?.helo == nil && read.observed?.domain == "remote.example" && read.observed?.oneOf.count == 2)
        #expect(read.sightings == UInt64(Int64.max))
    }

    @Test("ten thousand entries are several texts of the latest; a part that is missing makes it none") func parts() throws {
        let queue = try (1...12_000).map { try entry($0, seen: Int64($0), helo: String(repeating: "x", count: 200)) }
        let whole = sightings(queue)
        #expect(whole.entries.count <= MirroredSightings.most && whole.entries.first?.lastSeen.seconds == 12_000)
        let records = whole.records
        #expect((2...SightingRecord.mostParts).contains(records.count))
        let texts = records.map(\.encoded)
        #expect(texts.allSatisfy { $0.count <= PackRecord.maximumBody })
        let read = try texts.map { try SightingRecord($0) }
        #expect(MemberSightings(joining: read.reversed() + [read[0]]) == whole, "the order does not matter, nor what comes twice")
        for index in read.indices {
            var some = read
            some.remove(at: index)
            #expect(MemberSightings(joining: some) == nil)
        }
        let other = try #require(sightings(queue, at: 1).records.last)
        #expect(MemberSightings(joining: read.dropLast() + [other]) == nil, "parts of two moments")
        let doubled = SightingRecord(
            fleet: Self.fleet, member: "mx1", time: whole.time, part: read.count, parts: read.count, entries: read[0].entries)
        #expect(MemberSightings(joining: read.dropLast() + [doubled]) == nil, "one certificate in two parts")
        #expect(MemberSightings(joining: []) == nil)
        let empty = sightings([])
        #expect(empty.records.count == 1 && MemberSightings(joining: empty.records) == empty)
    }

    @Test("a share of the room keeps the latest") func share() throws {
        let whole = sightings(try (1...100).map { try entry($0, seen: Int64($0)) })
        #expect(whole.within((10, .max)).entries.map(\.lastSeen.seconds) == (91...100).reversed().map(Int64.init))
        let few = whole.within((.max, PendingEntry.maximumSize))
        #expect((1..<100).contains(few.entries.count) && few.entries.first == whole.entries.first)
        #expect(few.records.reduce(0) { $0 + $1.encoded.count } <= PendingEntry.maximumSize + 512)
        #expect(MemberSightings(joining: few.records) == few)
    }

    @Test("only the member's own key signs it, for this purpose and this fleet") func signed() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        for name in ["mx1", "mx2"] { try ProgramRun.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder(name)]) }
        func named(_ name: String) throws -> NamedKey {
            let words = try folder.read("\(name).pub").trimmed.split(separator: " ").prefix(2).joined(separator: " ")
            return try #require(NamedKey("\(name) \(words.prefix { $0 != "\n" })"))
        }
        var world = FleetWorld()
        let joined = world.decide("root", on: [world.genesis], try ["mx1", "mx2"].map { .member(MemberBlock(try named($0), .member)) })
        let state = try #require(world.state)
        func said(_ member: String, of genesis: Digest) throws -> [UInt8] {
            let fleet = FleetIdentity(name: FleetWorld.name, genesis: genesis)
            let all = MemberSightings(
                fleet: fleet, member: member, time: ReceiptTime(FleetWorld.time, milliseconds: 7), queue: [try entry(1)])
            return try #require(all.records.first).encoded
        }
        func read(_ body: [UInt8], by key: String, for purpose: String = "trust-sighting", in state: FleetState) throws -> SightingRecord? {
            try folder.write("text", String(decoding: body, as: UTF8.self))
            try ProgramRun.run("ssh-keygen", ["-q", "-Y", "sign", "-f", folder(key), "-n", purpose, folder("text")])
            let signature = Array(try folder.read("text.sig").utf8)
            try ProgramRun.run("rm", [folder("text.sig")])
            return SightingRecord.signed(body, signature: signature, in: state)
        }
        let good = try said("mx1", of: world.genesis)
        #expect(try read(good, by: "mx1", in: state)?.entries.count == 1)
        #expect(try read(good, by: "mx2", in: state) == nil, "the attack: mx2 says what waits on mx1")
        #expect(try read(good, by: "mx1", for: Receipt.namespace, in: state) == nil)
        #expect(try read(try said("mx1", of: joined), by: "mx1", in: state) == nil, "the attack: what waits in another fleet")
        #expect(try read(good + [0x0A], by: "mx1", in: state) == nil)
        world.decide("root", on: [joined], [.member(MemberBlock(try named("mx1"), .none, replaces: [joined]))])
        #expect(try read(good, by: "mx1", in: try #require(world.state)) == nil, "it was a member once")
    }
}

import FleetCarrier
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import trustsync

@Suite("What a relay tells of its queue, and when") struct QueuedEntriesTests {
    private func entry(_ number: Int, sightings: UInt64 = 1) throws -> PendingEntry {
        let digits = String(number)
        return PendingEntry(
            fingerprint: try Fingerprint(String(repeating: "B", count: 64 - digits.count) + digits), firstSeen: Timestamp(seconds: 100),
            lastSeen: Timestamp(seconds: Int64(100 + sightings)), sightings: sightings)
    }

    private func write(_ entry: PendingEntry, in folder: SceneFolder) throws {
        try folder.write("pending/.new", String(decoding: entry.encoded(), as: UTF8.self))
        let queue = try Folder(FilePath(folder("pending")))
        try queue.rename(".new", to: entry.fingerprint.description)
    }

    @Test("a new one at once, counters every ten seconds, and what is gone") func news() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("pending")
        var queued = QueuedEntries(FilePath(folder("pending")))
        queued.begin([:])
        let (one, two) = (try entry(1), try entry(2))
        try write(one, in: folder)
        try folder.write("pending/none", "no entry")
        try folder.write("pending/\(try entry(9).fingerprint)", "no entry")
        let first = try #require(try queued.news(now: .seconds(100)))
        #expect(first.new == [one] && first.counted.isEmpty && first.gone.isEmpty)
        queued.told(first.new)
        #expect(queued.due(now: .seconds(100)) == nil)
        try write(try entry(1, sightings: 5), in: folder)
        try write(two, in: folder)
        queued.changed()
        #expect(queued.due(now: .milliseconds(100_500)) == .seconds(101))
        #expect(try queued.news(now: .milliseconds(100_500)) == nil)
        let second = try #require(try queued.news(now: .seconds(101)))
        #expect(second.new == [two] && second.counted.isEmpty, "the counters wait")
        queued.told(second.new)
        let third = try #require(try queued.news(now: .seconds(110)))
        #expect(third.new.isEmpty && third.counted.map(\.sightings) == [5])
        // Not taken: once more.
        queued.refused(third)
        queued.rest(until: .seconds(130))
        #expect(try queued.news(now: .seconds(120)) == nil)
        #expect(try queued.news(now: .seconds(130))?.counted.count == 1)
        try Folder(FilePath(folder("pending"))).remove(one.fingerprint.description)
        queued.changed()
        let last = try #require(try queued.news(now: .seconds(140)))
        #expect(last.gone == [one.fingerprint] && last.new.isEmpty)
    }

    @Test("after a connection only what the database does not have is told, and what it has too much") func begin() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("pending")
        var queued = QueuedEntries(FilePath(folder("pending")))
        let (one, two, three) = (try entry(1), try entry(2, sightings: 3), try entry(3))
        for entry in [one, two] { try write(entry, in: folder) }
        queued.begin([one.fingerprint: .init(one), two.fingerprint: .init(try entry(2)), three.fingerprint: .init(three)])
        let news = try #require(try queued.news(now: .seconds(1)))
        #expect(news.new.isEmpty && news.counted == [two] && news.gone == [three.fingerprint])
    }
}

import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import LogLine
@testable import PendingEntries
@testable import trustd

@Suite("The queue of pending entries")
struct PendingQueueTests {
    let sandbox: Sandbox
    let now = Timestamp(seconds: 1_795_000_000)

    init() throws { sandbox = try Sandbox() }

    func open(_ change: (inout Configuration) -> Void = { _ in }) throws -> PendingQueue {
        let text = try File.read(sandbox.path + "/conf")
        var configuration = try Configuration(parsing: text, file: "/conf")
        change(&configuration)
        return try PendingQueue.open(configuration)
    }

    func sighting(_ number: Int, _ address: String? = nil, certificate: String? = nil) throws -> LineReader.Finding {
        .sighting(
            .init(
                fingerprint: try Fingerprint(Log.fingerprint(number)), time: now, address: address.flatMap { Address($0) },
                certificate: certificate, pid: nil))
    }

    func take(_ queue: inout PendingQueue, _ numbers: some Sequence<Int>, _ address: String? = nil, from sequence: UInt64 = 1) throws {
        for (index, number) in numbers.enumerated() {
            queue.take(try sighting(number, address), log: 0, sequence: sequence + UInt64(index), now: now, clock: .zero)
        }
    }

    @Test("max_pending and max_per_address are limits, and an IPv6 /64 is one address") func limits() throws {
        var queue = try open {
            $0.maxPending = 10
            $0.maxPerAddress = 3
        }
        try take(&queue, 1...5, "192.0.2.1")
        try take(&queue, (6...8).map { $0 }, "2001:db8::1")
        try take(&queue, 9...10, "2001:db8::2")
        #expect(queue.count == 6 && queue.refusals.counts[.fullForAddress] == 4)
        try take(&queue, 11...20, "192.0.2.2")
        try take(&queue, 21...30, "192.0.2.3")
        let counts = queue.refusals.counts
        #expect(queue.count == 10 && counts[.full] == 9 && counts[.fullForAddress] == 11)
        #expect(queue.notes.count == 2, "said once per reason")
        // What is pending is counted on.
        try take(&queue, [1], "192.0.2.1", from: 100)
        try queue.write(clock: .zero)
        #expect(sandbox.sightings(1) == 2 && sandbox.entry(4) == nil)
    }

    @Test("a flood of repeats is written in batches, and a slow disk leaves time to read") func repeats() throws {
        var queue = try open { ($0.maxPending, $0.maxPerAddress) = (3_000, 3_000) }
        try take(&queue, 1...1_100, "192.0.2.1")
        let isLarge = queue.isLarge
        #expect(isLarge)
        var signs = 0
        try queue.write(clock: .zero) { signs += 1 }
        #expect(signs > 1_100, "signs of life between all steps")
        try take(&queue, 1...1_100, "192.0.2.1", from: 10_000)
        let isQuiet = queue.hasChanges && !queue.isLarge && !queue.hasNew
        #expect(isQuiet)
        var schedule = Schedule(now: .zero)
        schedule.wrote(from: .zero, to: .milliseconds(10))
        let early = [
            schedule.isWriteDue(queue, isMore: true, isAwaiting: false, now: .milliseconds(1_009)),
            schedule.isWriteDue(queue, isMore: true, isAwaiting: false, now: .milliseconds(1_010)),
        ]
        schedule.wrote(from: .zero, to: .milliseconds(500))
        let late = [
            schedule.isWriteDue(queue, isMore: true, isAwaiting: false, now: .milliseconds(5_499)),
            schedule.isWriteDue(queue, isMore: true, isAwaiting: false, now: .milliseconds(5_500)),
        ]
        #expect(early == [false, true] && late == [false, true])
    }

    @Test("a new entry waits a moment for its address; one that comes later is written at once, and only once") func neighbour() throws {
        var queue = try open()
        try take(&queue, [1])
        var schedule = Schedule(now: .zero)
        let waits = [0, 1_000, 2_999, 3_000].map {
            schedule.isWriteDue(queue, isMore: false, isAwaiting: true, now: .microseconds($0))
        }
        #expect(waits == [false, false, false, true] && schedule.wake == Schedule.patience)
        schedule.wrote(from: .zero, to: .milliseconds(4))
        try queue.write(clock: .zero)
        func observe(_ address: String) throws {
            let facts = PendingEntry.Observation(address: Address(address))
            let observed = LineReader.Observed(fingerprint: try Fingerprint(Log.fingerprint(1)), facts: facts)
            queue.take(.observations([observed]), log: 0, sequence: 0, now: now, clock: .zero)
        }
        try observe("192.0.2.7")
        let isDue = schedule.isWriteDue(queue, isMore: false, isAwaiting: false, now: .milliseconds(5))
        try queue.write(clock: .zero)
        #expect(isDue && sandbox.entry(1)?.observed?.address == Address("192.0.2.7"))
        // The attack: a client whose rejections never end, so that a file is written for each of them.
        try observe("192.0.2.8")
        let isDueAgain = schedule.isWriteDue(queue, isMore: false, isAwaiting: false, now: .milliseconds(6))
        let hasChanges = queue.hasChanges
        #expect(!isDueAgain && hasChanges)
    }

    @Test("denials that cannot be looked up are reported") func denialsOutOfSight() throws {
        var queue = try open()
        rmdir(sandbox.path + "/ledger/denied")
        symlink("denied", sandbox.path + "/ledger/denied")
        try take(&queue, 1...3, "192.0.2.1")
        let (count, notes, blind) = (queue.count, queue.notes, queue.unreadable.values.map(\.code))
        #expect(count == 3 && blind == [ELOOP])
        #expect(notes.count == 1 && notes.first?.message.contains("is not known") == true, "said once")
        unlink(sandbox.path + "/ledger/denied")
        try take(&queue, [4], "192.0.2.1")
        let isBlind = !queue.unreadable.isEmpty
        #expect(!isBlind)
    }

    @Test("all sightings gathered for a name that is taken are counted as refused") func nameTakenByMany() throws {
        var queue = try open()
        try take(&queue, [1, 1, 1], "192.0.2.1")
        mkdir("\(sandbox.pending)/\(Log.fingerprint(1))", 0o755)
        try queue.write(clock: .zero)
        try take(&queue, [2], "192.0.2.1")
        try queue.write(clock: .zero)
        unlink("\(sandbox.pending)/\(Log.fingerprint(2))")
        mkdir("\(sandbox.pending)/\(Log.fingerprint(2))", 0o755)
        try take(&queue, [2, 2], "192.0.2.1", from: 10)
        try queue.write(clock: .zero)
        let counts = queue.refusals.counts
        #expect(counts[.nameTaken] == 5)
    }

    @Test("a replaced pending/ is noticed, and entries go into the new one") func folderReplaced() throws {
        var queue = try open()
        try take(&queue, [1], "192.0.2.1")
        try queue.write(clock: .zero)
        try queue.reopenIfReplaced()
        #expect(sandbox.sightings(1) == 1)
        #expect(Glibc.rename(sandbox.pending, sandbox.path + "/state/old") == 0)
        mkdir(sandbox.pending, 0o750)
        try take(&queue, [2], "192.0.2.1", from: 10)
        try queue.reopenIfReplaced()
        try take(&queue, [1], "192.0.2.1", from: 20)
        try queue.write(clock: .zero)
        let (count, notes) = (queue.count, queue.notes)
        #expect(sandbox.sightings(1) == 1 && sandbox.sightings(2) == 1 && count == 2 && notes.count == 1)
    }

    @Test("entries without an address are at most half; an observed address does not count") func withoutAddress() throws {
        var queue = try open { $0.maxPending = 10 }
        try take(&queue, 1...9)
        queue.take(
            .observations([.init(fingerprint: try Fingerprint(Log.fingerprint(1)), facts: .init(address: Address("192.0.2.1")))]), log: 0,
            sequence: 50, now: now,
            clock: .zero)
        #expect(queue.count == 5 && queue.refusals.counts[.fullWithoutAddress] == 4)
        try take(&queue, [20], "192.0.2.1", from: 60)
        try queue.write(clock: .zero)
        #expect(queue.count == 6)
        #expect(sandbox.entry(1)?.observed?.address?.description == "192.0.2.1" && sandbox.entry(1)?.addresses.isEmpty == true)
        // The same after a restart.
        let again = try open { $0.maxPending = 10 }
        #expect(again.index.withoutAddress == 5 && again.index.count(of: "192.0.2.1") == 1)
    }

    @Test("a certificate in the trust directory always finds room") func awaited() throws {
        var queue = try open { $0.maxPending = 1 }
        try take(&queue, [1], "192.0.2.1")
        try sandbox.write("", to: "\(sandbox.path)/certs/\(Log.fingerprint(2)).pem")
        try take(&queue, [2, 3], "192.0.2.2", from: 5)
        #expect(queue.count == 2 && queue.refusals.counts[.full] == 1)
    }

    @Test("a denied fingerprint is queued only after the denial is undone") func denied() throws {
        var queue = try open()
        let denial = "\(sandbox.path)/ledger/denied/\(Log.fingerprint(1))"
        try sandbox.write("", to: denial)
        try take(&queue, [1, 1, 2])
        #expect(queue.count == 1 && queue.refusals.counts[.denied] == 2)
        unlink(denial)
        try take(&queue, [1], from: 10)
        #expect(queue.count == 2)
    }

    @Test("entries that trustctl removes make room") func room() throws {
        var queue = try open { $0.maxPending = 2 }
        try take(&queue, [1, 2], "192.0.2.1")
        try queue.write(clock: .zero)
        unlink("\(sandbox.pending)/\(Log.fingerprint(1))")
        queue.take(try sighting(3, "192.0.2.1"), log: 0, sequence: 9, now: now, clock: .seconds(5))
        try queue.write(clock: .seconds(5))
        #expect(sandbox.sightings(3) == 1 && queue.count == 2)
    }

    @Test("an entry removed before a repeat is new; one removed before its write stays away") func removed() throws {
        var queue = try open()
        try take(&queue, [1, 1, 2])
        try queue.write(clock: .zero)
        unlink("\(sandbox.pending)/\(Log.fingerprint(1))")
        try take(&queue, [1], from: 10)
        try queue.write(clock: .zero)
        #expect(sandbox.sightings(1) == 1)
        try take(&queue, [1, 2], from: 20)
        unlink("\(sandbox.pending)/\(Log.fingerprint(1))")
        try queue.write(clock: .zero)
        #expect(sandbox.entry(1) == nil && sandbox.sightings(2) == 2 && queue.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.pending) == [Log.fingerprint(2)])
    }

    @Test("lines read again are not counted again, across restarts and batches") func replay() throws {
        var queue = try open()
        try take(&queue, [1, 2, 1, 1])
        try queue.write(clock: .zero)
        var again = try open()
        #expect(again.highestSequence(log: 0) == 4)
        try take(&again, [1, 2, 1, 1, 1, 2])
        try again.write(clock: .zero)
        #expect(sandbox.sightings(1) == 4 && sandbox.sightings(2) == 2)
    }

    @Test("large batches appear whole, and drafts that a crash left are removed") func batch() throws {
        var queue = try open { $0.maxPerAddress = 1_000 }
        try take(&queue, 1...500, "192.0.2.1")
        try queue.write(clock: .zero)
        try queue.synchronize()
        #expect(queue.announcements.count == 500)
        try sandbox.write("half", to: "\(sandbox.pending)/.new-\(Log.fingerprint(1))")
        let again = try open()
        #expect(again.count == 500)
        #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.pending).count == 500)
    }

    @Test("a certificate that does not fit is left out, but its sighting counts") func largeCertificate() throws {
        var queue = try open()
        let large = String(repeating: "QUJD", count: 5_000)
        queue.take(try sighting(1, "192.0.2.1", certificate: large), log: 0, sequence: 1, now: now, clock: .zero)
        queue.take(try sighting(2, "192.0.2.1", certificate: String(large.prefix(10_000))), log: 0, sequence: 2, now: now, clock: .zero)
        try queue.write(clock: .zero)
        #expect(sandbox.sightings(1) == 1 && sandbox.entry(1)?.certificate == nil)
        #expect(sandbox.entry(2)?.certificate?.count == 10_000)
    }
}

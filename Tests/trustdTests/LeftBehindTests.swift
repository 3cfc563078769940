import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import LogFollower
@testable import LogLine
@testable import trustd

/// Lines that come where reading has ended, and counts that outlive a crash; with the built program.
@Suite("Files that were left")
struct LeftBehindTests {
    let sandbox: Sandbox

    init() throws { sandbox = try Sandbox("max_per_address = 10000") }

    func lines(_ numbers: some Sequence<Int>) -> String { numbers.map { Log.line($0) + Log.other }.joined() }

    var status: FollowerStatus? {
        FileManager.default.contents(atPath: sandbox.position + "/status").flatMap { FollowerStatus(decoding: Array($0)) }
    }

    @Test("late lines in a renamed log are read, repeatedly and across a restart") func lateLines()
        throws
    {
        try sandbox.append(lines(1...2))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { sandbox.sightings(2) == 1 }
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(lines(3...4))
        try sandbox.wait("the new file") { sandbox.sightings(4) == 1 }
        for number in 5...6 {
            try sandbox.append(lines(number...number), to: sandbox.log + ".1")
            try sandbox.wait("the late line \(number)") { sandbox.sightings(number) == 1 }
            try sandbox.append(lines([number]))
            try sandbox.wait("and the new one") { sandbox.sightings(number) == 2 }
        }
        running.kill9()
        try sandbox.append(lines([7]), to: sandbox.log + ".1")
        try sandbox.append(lines([7, 8]))
        #expect(try sandbox.once().status == 0)
        #expect((1...8).map { sandbox.sightings($0) } == [1, 1, 1, 1, 2, 2, 2, 1])
        #expect(running.error.components(separatedBy: "writes into").count == 2, "said once: \(running.error)")
    }

    @Test("--once reads half a line of a mapped log that is completed meanwhile") func mappedHalfLine() throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ChunkBuffer.size, alignment: 4_096)
        defer { buffer.deallocate() }
        let line = Log.line(2)
        try sandbox.append(Log.line(1) + String(repeating: Log.other, count: 3_000) + line.prefix(100))
        var log = FollowedLog(Follower(try #require(LogNames(FilePath(sandbox.log))), saved: nil, floor: 0, patient: false))
        var found: [LineReader.Found] = []
        for turn in 0..<20 {
            if log.turn(into: buffer, now: .zero, found: &found) == .mustBeSaved { log.wasSaved() }
            // Mapped, and the whole lines of it read.
            if turn == 4 { try sandbox.append(line.dropFirst(100) + Log.line(3)) }
        }
        #expect(found.count == 3, "\(found.count)")
        #expect(log.turn(into: buffer, now: .zero, found: &found) == .idle(until: nil))
    }

    @Test("half a line that has become another line is read, and reading ends") func anotherHalf() throws {
        try sandbox.append(lines([1]) + String(Log.line(2).dropLast(30)))
        let running = try sandbox.start()
        try sandbox.wait("the first line") { sandbox.sightings(1) == 1 }
        let file = Glibc.open(sandbox.log, O_WRONLY)
        let other = Array((Log.other + lines(3...4)).utf8)
        #expect(pwrite(file, other, other.count, off_t(lines([1]).utf8.count)) == other.count)
        close(file)
        // Entries are written in no order.
        try sandbox.wait("the lines in its place") { sandbox.sightings(3) == 1 && sandbox.sightings(4) == 1 }
        #expect((1...4).map { sandbox.sightings($0) } == [1, 0, 1, 1])
        running.kill9()
    }

    @Test("if the file in which reading stopped is gone, later files are read from the oldest on") func goneWithUnread() throws {
        try sandbox.append(lines(1...2))
        #expect(try sandbox.once().status == 0)
        unlink(sandbox.log)
        try sandbox.append(lines(3...4), to: sandbox.log + ".2")
        try sandbox.append(lines(5...6), to: sandbox.log + ".1")
        try sandbox.append(lines(7...8))
        #expect(try sandbox.once().error.contains("is gone: lines may be lost"))
        #expect((1...8).map { sandbox.sightings($0) } == Array(repeating: 1, count: 8))
    }

    @Test("with dated names, a clock set back after the first start loses no line") func firstStart()
        throws
    {
        // Once: midnight may pass meanwhile.
        let now = Timestamp.now.seconds
        func day(_ back: Int) -> String {
            let day = Timestamp(seconds: now - Int64(back) * 86_400).day.filter { $0 != "-" }
            return sandbox.path + "/log/mainlog-" + day
        }
        try sandbox.configure("max_per_address = 10000", log: sandbox.path + "/log/mainlog-%D")
        try sandbox.append(lines(1...2), to: day(3))
        try sandbox.append(lines(3...4), to: day(0))
        #expect(try sandbox.once().status == 0)
        #expect(sandbox.entry(1) == nil, "old ones are not read")
        try sandbox.append(lines([5]), to: day(3))
        try sandbox.append(lines([6]), to: day(1))
        try sandbox.append(lines([7]), to: day(0))
        for _ in 0..<2 { #expect(try sandbox.once().status == 0) }
        #expect((3...7).map { sandbox.sightings($0) } == [1, 1, 1, 1, 1] && sandbox.entry(1) == nil)
    }

    @Test("after a power failure took the log's end, only new lines are counted") func powerCut() throws {
        try sandbox.append(lines(1...40))
        #expect(try sandbox.once().status == 0)
        let position = try File.read(sandbox.position + "/position")
        // As if the machine had been up for longer than it is now: it has been down since.
        let first = try #require(position.split(separator: "\n").first { $0.hasPrefix("Uptime: ") })
        try sandbox.write(position.replacingOccurrences(of: first, with: "Uptime: 4000000000"), to: sandbox.position + "/position")
        let size = try #require(FileManager.default.attributesOfItem(atPath: sandbox.log)[.size] as? Int)
        truncate(sandbox.log, off_t(size - 500))
        try sandbox.append("\n" + lines([50]))
        #expect(try sandbox.once().error.contains("has lost its end"))
        #expect((1...40).map { sandbox.sightings($0) } == Array(repeating: 1, count: 40) && sandbox.sightings(50) == 1)
    }

    @Test("entries and refusals add up to all sightings, even when killed between") func refusalsOutliveIt() throws {
        try sandbox.configure("max_per_address = 10000\nmax_pending = 10")
        let running = try sandbox.start()
        for round in 1...3 {
            try sandbox.append(lines((round * 100)..<(round * 100 + 50)))
            try sandbox.wait("round \(round)") { (status?.logs.first?.counts.sightings ?? 0) == UInt64(50 * round) }
        }
        running.kill9()
        try sandbox.append(lines(900..<950))
        let again = try sandbox.start()
        func total() -> UInt64 {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: sandbox.pending)) ?? []
            let entries = names.compactMap { name in
                try? PendingEntry(decoding: Array(FileManager.default.contents(atPath: "\(sandbox.pending)/\(name)") ?? Data()), name: name)
            }
            return entries.reduce(0) { $0 + $1.sightings } + (status?.refused.values.reduce(0, +) ?? 0)
        }
        try sandbox.wait("all of them") { status?.process == Int(again.pid) && total() == 200 }
        again.kill9()
    }

    @Test("entries of a log that is read late do not expire at once; others do") func readLate() throws {
        try sandbox.configure("pending_ttl = 60s\nmax_per_address = 10000")
        try sandbox.append(lines(1...2))
        #expect(try sandbox.once().status == 0)
        #expect(sandbox.sightings(1) == 1 && sandbox.sightings(2) == 1, "their lines are older than a minute, and just read")
        try sandbox.append(lines([2]))
        let error = try sandbox.once().error
        #expect(sandbox.entry(1) == nil && sandbox.sightings(2) == 2 && error.contains("1 entries expired"), "\(error)")
    }
}

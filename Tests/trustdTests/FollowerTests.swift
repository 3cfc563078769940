import Foundation
import SystemPackage
import Testing
import TrustCore

@testable import LogFollower
@testable import LogLine
@testable import trustd

@Suite("Following a log")
struct FollowerTests {
    let sandbox: Sandbox
    /// Held by a class, for a test suite is copied and its buffer is not.
    final class Held { let chunk = ChunkBuffer() }
    let held = Held()
    var buffer: UnsafeMutableRawBufferPointer { held.chunk.bytes }
    var log: FollowedLog
    var now: Duration = .zero

    init() throws {
        sandbox = try Sandbox()
        log = FollowedLog(Follower(try #require(LogNames(FilePath(sandbox.log))), saved: nil, floor: 0, patient: true))
    }

    var names: LogNames { log.follower.names }
    var position: LogPosition? { log.follower.open?.position }
    var report: LogReport { log.follower.report }

    /// Everything that can be read now, as the numbers of the fingerprints; saves whenever it is asked to.
    mutating func look(after time: Duration = .zero) -> [Int] {
        now += time
        var found: [LineReader.Found] = []
        for _ in 0..<10_000 {
            switch log.turn(into: buffer, now: now, found: &found) {
            case .more: continue
            case .mustBeSaved: log.wasSaved()
            case .idle:
                return found.compactMap { one in
                    guard case .sighting(let sighting) = one.finding else { return nil }
                    return Int("\(sighting.fingerprint)".dropFirst(2), radix: 16)
                }
            }
        }
        Issue.record("it never comes to rest")
        return []
    }

    /// The same log after a restart.
    mutating func restart() {
        let saved = log.snapshot()
        log = FollowedLog(Follower(names, saved: saved, floor: 0, patient: true))
    }

    func lines(_ numbers: Int...) -> String { numbers.map { Log.line($0) }.joined(separator: Log.other) }

    @Test("lines that are there and lines that come are read once") mutating func growth() throws {
        try sandbox.append(lines(1, 2))
        #expect(look() == [1, 2])
        #expect(look() == [])
        try sandbox.append(lines(3))
        #expect(look() == [3])
        restart()
        #expect(look() == [])
        try sandbox.append(lines(4))
        #expect(look() == [4])
    }

    @Test("a missing log is reported once, and read when it exists") mutating func missing() throws {
        #expect(look() == [] && look() == [])
        #expect(report.notes.count == 1 && report.trouble == .missing)
        try sandbox.append(lines(1))
        #expect(look() == [1])
        #expect(report.trouble == nil)
        unlink(sandbox.log)
        #expect(look() == [] && report.trouble == nil)
        try sandbox.append(lines(2))
        #expect(look() == [])
        #expect(look(after: LogPosition.grace) == [2])
    }

    @Test("a log in a missing folder is read when it exists") mutating func missingFolder() throws {
        try FileManager.default.removeItem(atPath: sandbox.path + "/log")
        #expect(look() == [])
        mkdir(sandbox.path + "/log", 0o755)
        try sandbox.append(lines(1))
        #expect(look() == [1])
    }

    @Test("half a line is read only when its rest is there") mutating func half() throws {
        let line = Log.line(1)
        try sandbox.append(String(line.prefix(60)))
        #expect(look() == [])
        restart()
        try sandbox.append(String(line.dropFirst(60)))
        #expect(look() == [1])
    }

    @Test("after a rotation the renamed file is read to its end, then the new one") mutating func rotation() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append("", to: sandbox.log)
        #expect(look(after: .milliseconds(60_000)) == [])
        try sandbox.append(lines(2), to: sandbox.log + ".1")
        #expect(look() == [2])
        try sandbox.append(lines(4))
        #expect(look() == [])
        try sandbox.append(lines(3), to: sandbox.log + ".1")
        #expect(look(after: .milliseconds(400)) == [3])
        #expect(look(after: .milliseconds(400)) == [])
        #expect(look(after: .milliseconds(200)) == [4])
    }

    @Test("a renamed file is read on while no new one is created") mutating func nothingCreated() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        try sandbox.rename("mainlog", "mainlog.1")
        for second in 1...60 {
            try sandbox.append(lines(second + 1), to: sandbox.log + ".1")
            #expect(look(after: .milliseconds(1_000)) == [second + 1])
        }
    }

    @Test("several rotations at once are read in order, empty files included") mutating func severalRotations() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        try sandbox.append(lines(2))
        try sandbox.rename("mainlog", "mainlog.4")
        try sandbox.append(lines(3), to: sandbox.log + ".3")
        try sandbox.append("", to: sandbox.log + ".2")
        try sandbox.append(lines(4), to: sandbox.log + ".1")
        try sandbox.append(lines(5))
        var all = look()
        for _ in 0..<6 { all += look(after: LogPosition.grace) }
        #expect(all == [2, 3, 4, 5])
    }

    @Test(
        "after rotations a restart finds the file by inode or bytes and reads on in order",
        arguments: [["mainlog.2", "mainlog.1"], ["mainlog.02", "mainlog.01"], ["mainlog-20261120", "mainlog-20261121"]], [false, true])
    mutating func catchUp(names: [String], copied: Bool) throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        try sandbox.append(lines(2))
        let saved = log.snapshot()
        try sandbox.rename("mainlog", names[0])
        if copied {
            let old = sandbox.path + "/log/" + names[0]
            try FileManager.default.copyItem(atPath: old, toPath: old + "x")
            unlink(old)
            try sandbox.append("", to: sandbox.path + "/hold")  // so that the inode is not given again
            try sandbox.rename(names[0] + "x", names[0])
        }
        try sandbox.append(lines(3), to: sandbox.path + "/log/" + names[1])
        try sandbox.append(lines(4))
        log = FollowedLog(Follower(self.names, saved: saved, floor: 0, patient: false))
        #expect(look() == [2, 3, 4])
        #expect(!report.notes.contains { $0.severity == .error })
    }

    @Test("if the file in which reading stopped is gone, sequence numbers go on above all counted") mutating func gone() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        let saved = log.snapshot()
        unlink(sandbox.log)
        try sandbox.append(lines(9, 2))
        try sandbox.append("x", to: sandbox.log + ".2.xz")
        log = FollowedLog(Follower(names, saved: saved, floor: 5_000, patient: true))
        #expect(look() == [9, 2])
        #expect(report.notes.contains { $0.severity == .error && $0.hint?.contains("compressed") == true })
        #expect(try #require(position).base == 5_000)
    }

    @Test("a truncated log is read from its beginning, with growing sequence numbers") mutating func truncated() throws {
        try sandbox.append(lines(1, 2))
        #expect(look() == [1, 2])
        let before = try #require(position).sequence
        truncate(sandbox.log, 0)
        try sandbox.append(lines(3))
        #expect(look() == [3])
        #expect(try #require(position).sequence > before && report.notes.count == 1)
    }

    @Test("a log truncated and grown past the old offset is recognized by its bytes") mutating func replaced() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        truncate(sandbox.log, 0)
        try sandbox.append(lines(2, 3))
        #expect(look() == [2, 3])
    }

    @Test("after copytruncate, unread lines are read from the copy") mutating func copyTruncate() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        try sandbox.append(lines(2))
        try FileManager.default.copyItem(atPath: sandbox.log, toPath: sandbox.log + ".1")
        truncate(sandbox.log, 0)
        #expect(look() == [2])
        try sandbox.append(lines(3))
        #expect(look() + look(after: LogPosition.grace) == [3])
    }

    @Test("after copytruncate of a file that was found and not yet read, the copy is read")
    mutating func copyTruncateBeforeReading() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        try sandbox.rename("mainlog", "mainlog.2")
        try sandbox.append(lines(2, 3))
        #expect(look() == [])
        var found: [LineReader.Found] = []
        now += LogPosition.grace
        #expect(log.turn(into: buffer, now: now, found: &found) == .mustBeSaved && position?.offset == 0)
        // While it is saved, which takes a disk its time.
        try FileManager.default.copyItem(atPath: sandbox.log, toPath: sandbox.log + ".1")
        truncate(sandbox.log, 0)
        try sandbox.append(lines(4, 5, 6))
        #expect(look() == [2, 3])
        #expect(look(after: LogPosition.grace) == [4, 5, 6])
        #expect(report.counts.gaps == 0)
    }

    @Test("a file's known beginning is made only of bytes that were read") func head() {
        var marks = FileMarks(head: Array("abc".utf8), tail: [])
        func meets(_ text: String, at offset: Int64) -> Bool { Array(text.utf8).withUnsafeBytes { marks.meet($0, at: offset) } }
        #expect(!meets("abX", at: 0) && !meets("ab", at: 0) && !meets("X", at: 2) && marks.head == Array("abc".utf8))
        #expect(meets("abcde", at: 0) && marks.head == Array("abcde".utf8))
        #expect(meets("", at: 5) && meets("fg", at: 5) && marks.head == Array("abcdefg".utf8))
        #expect(meets(String(repeating: "h", count: 2_000), at: 7) && marks.head.count == FileMarks.headLength)
        #expect(meets("anything", at: 5_000) && marks.head.starts(with: "abcdefgh".utf8))
    }
}

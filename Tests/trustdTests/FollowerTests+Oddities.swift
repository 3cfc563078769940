import Foundation
import SystemPackage
import Testing
import TrustCore

@testable import LogFollower
@testable import LogLine
@testable import trustd

/// Logs that are links, endless, empty, stale or not text.
extension FollowerTests {
    @Test("a symbolic link with a new target is a rotation") mutating func link() throws {
        try sandbox.append(lines(1), to: sandbox.path + "/log/a")
        try sandbox.append(lines(3), to: sandbox.path + "/log/b")
        symlink("a", sandbox.log)
        #expect(look() == [1])
        try sandbox.append(lines(2), to: sandbox.path + "/log/a")
        unlink(sandbox.log)
        symlink("b", sandbox.log)
        #expect(look() == [2])
        #expect(look(after: .milliseconds(600)) + look(after: .milliseconds(600)) == [3])
    }

    @Test("an endless line is skipped, the next one is read, and a restart between loses nothing") mutating func endless() throws {
        let mebibyte = String(repeating: "x", count: 1 << 20)
        try sandbox.append(lines(1))
        for _ in 0..<5 {
            try sandbox.append(mebibyte)
            _ = look()
        }
        restart()
        #expect(look() == [])
        try sandbox.append("\(Log.line(7))" + lines(2))
        #expect(look() == [2])
        try sandbox.append(String(repeating: "y", count: 70_000) + "\n" + lines(3))
        #expect(look() == [3])
    }

    @Test("killed before the first save, a reused inode gives no sequence number twice")
    mutating func inodeGivenAgain() throws {
        try sandbox.append(lines(1))
        var found: [LineReader.Found] = []
        #expect(log.turn(into: buffer, now: now, found: &found) == .mustBeSaved)
        let saved = try #require(log.snapshot())
        #expect(saved.offset == 0 && !saved.marks.head.isEmpty)
        truncate(sandbox.log, 0)
        try sandbox.append(lines(2))
        log = FollowedLog(Follower(names, saved: saved, floor: 5_000, patient: true))
        #expect(look() == [2])
        #expect(try #require(position).base == 5_000)
        #expect(report.notes.contains { $0.severity == .error })
    }

    @Test("nothing of an empty log is read before its first bytes are saved") mutating func emptyAtFirst() throws {
        try sandbox.append("")
        #expect(look() == [])
        try sandbox.append(lines(1))
        var found: [LineReader.Found] = []
        #expect(log.turn(into: buffer, now: now, found: &found) == .mustBeSaved && found.isEmpty)
        #expect(log.snapshot()?.marks.head.isEmpty == false)
        log.wasSaved()
        #expect(look() == [1])
    }

    @Test("a stale mainlog.1 of another rotation scheme is not read as new") mutating func staleRotated() throws {
        try sandbox.append(lines(9), to: sandbox.log + ".1")
        let longAgo = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
        try #require(utimes(sandbox.log + ".1", longAgo) == 0)
        try sandbox.append(lines(1))
        #expect(look() == [1])
        try sandbox.rename("mainlog", "mainlog-20261121")
        try sandbox.append(lines(2))
        #expect(look() + look(after: LogPosition.grace) == [2])
        try sandbox.rename("mainlog", "elsewhere")
        try sandbox.append(lines(3))
        #expect(look() + look(after: LogPosition.grace) == [3])
    }

    @Test("two rotations with the first file removed: the second is read, the gap reported")
    mutating func rotatedTwice() throws {
        try sandbox.append(lines(1))
        #expect(look() == [1])
        unlink(sandbox.log)
        try sandbox.append(lines(2), to: sandbox.log + ".1")
        try sandbox.append(lines(3))
        var all = look()
        for _ in 0..<3 { all += look(after: LogPosition.grace) }
        #expect(all == [2, 3])
        #expect(report.notes.contains { $0.message.contains("may be lost") })
    }

    @Test("NUL bytes and invalid UTF-8 do not stop reading") mutating func bytes() throws {
        let file = try #require(fopen(sandbox.log, "a"))
        fwrite([0, 0, 0xFF, 0xFE, 10, 0, 10] as [UInt8], 1, 7, file)
        fclose(file)
        try sandbox.append(lines(1))
        #expect(look() == [1])
    }

    @Test("a folder in the log's place is reported once; later the log is read") mutating func unreadable() throws {
        mkdir(sandbox.log, 0o755)
        #expect(look() == [] && look() == [])
        guard case .unreadable = report.trouble else {
            Issue.record("no trouble")
            return
        }
        #expect(report.notes.count == 1)
        rmdir(sandbox.log)
        try sandbox.append(lines(1))
        #expect(look() == [1])
        #expect(report.notes.count == 3 || report.notes.count == 2)
    }

    @Test("an entry that syslog cut into pieces survives a restart between them") mutating func pieces() throws {
        let prefix = "Nov 22 17:41:59 host exim[9]: "
        try sandbox.append(lines(1))
        try sandbox.append("\(prefix)[1/2] \(Log.phrase)\(Log.fingerprint(2)) [192.0.2.1] QU\n")
        #expect(look() == [1])
        restart()
        try sandbox.append("\(prefix)[2/2] JD\n")
        #expect(look() == [2])
    }

    @Test("with dated names, the next date's file is the continuation") func dated() throws {
        let names = try #require(LogNames(FilePath(sandbox.path + "/log/main-%D.log")))
        #expect(names.current() == nil)
        for (day, number) in [("20261119", 1), ("20261120", 2), ("20261121", 3), ("29991231", 4)] {
            try sandbox.append(Log.line(number), to: sandbox.path + "/log/main-\(day).log")
        }
        #expect(names.files().map { $0.path.lastComponent?.string } == ["main-20261119.log", "main-20261120.log", "main-20261121.log"])
        for bad in ["/log/%D/mainlog", "/log/main-%s", "/log/%D-%D", "/log/100%"] { #expect(LogNames(FilePath(bad)) == nil, "\(bad)") }
    }
}

import Foundation
import Testing
import TrustTestSupport

/// What happens while the built trustd follows, or to the machine around it.
extension MisfortuneTests {
    @Test("a rotation in the middle of a line, with the writer in the old file, loses nothing")
    func writerBehindTheRename() throws {
        try sandbox.append(lines(1...3))
        let old = open(sandbox.log, O_WRONLY | O_APPEND)
        try #require(old >= 0)
        defer { close(old) }
        func writeOld(_ text: Substring) { #expect(Glibc.write(old, Array(text.utf8), text.utf8.count) == text.utf8.count) }
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 3 }
        let line = Log.line(4)
        writeOld(line.prefix(100))
        try sandbox.rename("mainlog", "mainlog.1")
        writeOld(line.dropFirst(100) + Log.line(5))
        try sandbox.append(lines(6...7))
        try sandbox.wait("the new file") { counted == 7 }
        #expect(try counted == written())
        running.kill9()
    }

    @Test("half a line that was rotated away is counted as lost, and its neighbours exactly")
    func halfLineRotated() throws {
        try sandbox.append(lines(1...3) + Log.line(9).prefix(120))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 3 }
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(lines(4...6))
        try sandbox.wait("the new file") { counted == 6 }
        try sandbox.wait("the loss in the status") {
            let text = FileManager.default.contents(atPath: sandbox.position + "/status").map { String(decoding: $0, as: UTF8.self) }
            return text?.contains("Lost: 1\n") == true
        }
        running.kill9()
    }

    @Test("CR LF lines are not Exim's, and NULs or bad text do not hide Exim's lines")
    func foreignLineEnds() throws {
        let strange = Data(Log.line(1).utf8.dropLast()) + Data([0x0D, 0x0A, 0x00, 0xFF, 0xFE, 0x0D, 0x0A, 0x00])
        let file = Data(lines(2...3).utf8) + strange + Data([0x0A]) + Data(lines(4...4).utf8)
        try file.write(to: URL(fileURLWithPath: sandbox.log))
        _ = try once()
        #expect(counted == 3 && sandbox.entry(1) == nil)
        #expect(try written() == 4, "grep takes the foreign one too")
    }

    /// How many events inotify remembers.
    static let queuedEvents: Int? = (try? File.read("/proc/sys/fs/inotify/max_queued_events"))
        .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }

    @Test(
        "more events than inotify queues lose no line",
        .enabled(if: (queuedEvents ?? .max) < 100_000, "so many files would have to be made: \(queuedEvents ?? -1)"))
    func queueOverflow() throws {
        try sandbox.append(lines(1...2))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 2 }
        kill(running.pid, SIGSTOP)
        let count = try #require(Self.queuedEvents) + 100
        try sandbox.run("cd \(folder); seq -f strange-%.0f \(count) | xargs touch")
        try sandbox.run("cd \(folder); mv mainlog mainlog.1")
        try sandbox.append(lines(3...5))
        kill(running.pid, SIGCONT)
        try sandbox.wait("the lines behind the overflow") { counted == 5 }
        try sandbox.append(lines(6...6))
        try sandbox.wait("and the next") { counted == 6 }
        running.kill9()
    }

    @Test("an inode that was reused while trustd was down is recognized") func inodeAgain() throws {
        try sandbox.append(lines(1...4))
        _ = try once()
        let inode = { try FileManager.default.attributesOfItem(atPath: sandbox.log)[.systemFileNumber] as? Int }
        let before = try inode()
        var spare: [String] = []
        repeat {
            // Until the file system gives it again; what it gave instead is held, so that it must give another.
            if FileManager.default.fileExists(atPath: sandbox.log) {
                spare.append("\(folder)/../spare-\(spare.count)")
                if spare.count == 1 { unlink(sandbox.log) } else { rename(sandbox.log, spare[spare.count - 1]) }
            }
            try sandbox.append(lines(1...2) + lines(10...18))
        } while try inode() != before && spare.count < 200
        let error = try once()
        #expect(counted == 4 + 11, "\(error)")
        #expect(error.contains("lines may be lost") || error.contains("gone"), "\(error)")
        if try inode() != before { print("inodeAgain: this file system gave another inode \(spare.count) times; the rest was tried") }
    }

    static let hasOtherFileSystem: Bool = {
        let devices = ["/dev/shm", "/tmp"].map { path in
            var status = stat()
            return stat(path, &status) == 0 ? status.st_dev : 0
        }
        return devices[0] != devices[1] && access("/dev/shm", W_OK) == 0
    }()

    @Test(
        "a folder moved to another file system is recognized by its bytes",
        .enabled(if: hasOtherFileSystem, "/dev/shm is missing, or no other file system than /tmp"))
    func otherFileSystem() throws {
        let other = "/dev/shm/trustd-test-\(UUID().uuidString.prefix(13))"
        defer { try? FileManager.default.removeItem(atPath: other) }
        try sandbox.append(lines(1...20))
        _ = try once()
        try sandbox.append(lines(21...25))
        try sandbox.run("mv \(folder) \(other); ln -s \(other) \(folder)")
        try sandbox.append(lines(26...30))
        _ = try once()
        #expect(try counted == written() && counted == 30)
    }

    @Test("dated names survive a change of time zone and back") func timeZone() throws {
        try sandbox.configure(log: folder + "/mainlog-%D")
        // Once: midnight may pass meanwhile in either zone.
        var days: [String: String] = [:]
        func today(_ zone: String) throws -> String {
            if let known = days[zone] { return known }
            try sandbox.run("TZ=\(zone) date +%Y%m%d >\(sandbox.path)/day")
            let day = try File.read(sandbox.path + "/day")
            days[zone] = folder + "/mainlog-" + day.trimmingCharacters(in: .whitespacesAndNewlines)
            return try #require(days[zone])
        }
        // A day apart, always: the later date first, then the earlier one, then the later one again.
        let (late, early) = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
        var number = 0
        func write(_ zone: String) throws {
            try sandbox.append(lines(number + 1...number + 3), to: try today(zone))
            number += 3
            let running = try sandbox.start(["--once"], environment: ["TZ": zone])
            try running.wait()
            #expect(running.status == 0, "\(running.error)")
        }
        try write(early)
        try write(late)
        #expect(counted == 6)
        // West again: Exim goes on in the earlier date's file, which was finished; and again in the later one's.
        for zone in [early, late, late, early] { try write(zone) }
        #expect(try counted == written() && counted == 18)
        let running = try sandbox.start(environment: ["TZ": late])
        for zone in [early, late, early] {
            try sandbox.append(lines(number + 1...number + 3), to: try today(zone))
            number += 3
            try sandbox.wait("\(zone)") { counted == number }
        }
        running.kill9()
        #expect(try counted == written())
    }
}

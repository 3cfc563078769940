import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// What is large, hostile or broken off, with the built program.
@Suite("Endurance")
struct EnduranceTests {
    let sandbox: Sandbox

    init() throws { sandbox = try Sandbox("max_per_address = 100000") }

    var entries: [PendingEntry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: sandbox.pending)) ?? []
        return names.compactMap { name in
            try? PendingEntry(decoding: Array(FileManager.default.contents(atPath: "\(sandbox.pending)/\(name)") ?? Data()), name: name)
        }
    }

    var counted: Int { entries.reduce(0) { $0 + Int($1.sightings) } }

    func status() -> FollowerStatus? {
        FileManager.default.contents(atPath: sandbox.position + "/status").flatMap { FollowerStatus(decoding: Array($0)) }
    }

    /// KiB.
    func peakMemory(of running: Running) throws -> Int {
        let text = try File.read("/proc/\(running.pid)/status")
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber)))
    }

    @Test("in floods, entries and refusals add up, and an awaited certificate finds room")
    func flood() throws {
        try sandbox.configure("max_per_address = 100000\nmax_pending = 500")
        let awaited = 39_999
        try sandbox.write("", to: "\(sandbox.path)/certs/\(Log.fingerprint(awaited)).pem")
        let text = (0..<40_000).map { Log.line($0, address: "2001:db8::\(String($0 % 65_536, radix: 16))") }.joined()
        try sandbox.append(text + String(repeating: Log.line(7), count: 20_000))
        let running = try sandbox.start()
        try sandbox.wait("the end of the flood", seconds: 600) { (status()?.logs.first?.counts.sightings ?? 0) == 60_000 }
        // Entries are written in no order.
        try sandbox.wait("the last counts") { sandbox.sightings(7) == 20_001 && sandbox.sightings(awaited) == 1 && entries.count == 501 }
        let said = try #require(status())
        #expect(entries.count == 501 && sandbox.sightings(awaited) == 1)
        #expect(UInt64(counted) + said.refused.values.reduce(0, +) == 60_000)
        #expect(running.error.components(separatedBy: "refused ").count <= 4, "said once for each reason")
        if Sanitizer.leavesAlone("trustd's memory") { #expect(try peakMemory(of: running) < 64 << 10) }
        running.kill9()
    }

    @Test("200 MB without a line end, NULs and bad UTF-8 neither fill memory nor hide later lines")
    func endlessLine() throws {
        try sandbox.append(Log.line(1))
        let running = try sandbox.start()
        try sandbox.wait("the first line") { sandbox.sightings(1) == 1 }
        let before = try peakMemory(of: running)
        let file = try #require(FileHandle(forWritingAtPath: sandbox.log))
        try file.seekToEnd()
        for index in 0..<200 { try file.write(contentsOf: Data(repeating: index % 3 == 0 ? 0 : 0xFF, count: 1 << 20)) }
        try file.write(contentsOf: Data((Log.line(2) + Log.line(3)).utf8))
        try file.close()
        try sandbox.wait("the line behind it", seconds: 300) { sandbox.sightings(3) == 1 }
        #expect(sandbox.entry(2) == nil, "it stands in the endless line")
        if Sanitizer.leavesAlone("trustd's memory") { #expect(try peakMemory(of: running) - before < 8 << 10) }
        try sandbox.wait("the status") { status()?.logs.first?.counts.lost == 1 }
        running.kill9()
    }

    /// In a user namespace of its own, which containers and careful administrators forbid.
    enum NoInotify {
        static let command: [String] = [
            "/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c", "echo 0 >/proc/sys/user/max_inotify_instances && exec \"$@\"",
            "sh",
        ]
        static let isPossible: Bool = (try? ProgramRun.run(command[0], command.dropFirst() + ["/bin/true"]))?.exitCode == 0
    }

    @Test(
        "without inotify the log is read every two seconds",
        .enabled(if: NoInotify.isPossible, "inotify cannot be taken away here: no user namespace, or none with a limit of its own"))
    func withoutInotify() throws {
        let running = try sandbox.start(through: NoInotify.command)
        try sandbox.append(Log.line(1))
        try sandbox.wait("the first line") { sandbox.sightings(1) == 1 }
        try sandbox.append(Log.line(2))
        try sandbox.wait("the next one") { sandbox.sightings(2) == 1 }
        running.kill9()
    }

    @Test(
        "a log folder that is renamed, recreated or unreadable for a while loses no line",
        .enabled(if: TrustDaemon.canDropPrivileges, "another user cannot run the built programs here"))
    func folder() throws {
        let folder = sandbox.path + "/log"
        chmod(sandbox.path, 0o755)
        mkdir(sandbox.path + "/state", 0o777)
        chmod(sandbox.path + "/state", 0o777)
        chmod(sandbox.path + "/conf", 0o644)
        try sandbox.append(Log.line(1))
        chmod(sandbox.log, 0o644)
        let running = try sandbox.start(through: ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        try sandbox.wait("the first line") { sandbox.sightings(1) == 1 }
        rename(folder, folder + ".away")
        try sandbox.append(Log.line(2), to: folder + ".away/mainlog")
        try sandbox.wait("a line in the renamed folder") { sandbox.sightings(2) == 1 }
        mkdir(folder, 0o755)
        try sandbox.append(Log.line(3))
        chmod(sandbox.log, 0)
        try sandbox.wait("the complaint") { running.error.contains("Permission denied") }
        chmod(sandbox.log, 0o644)
        try sandbox.wait("the new folder's log") { sandbox.sightings(3) == 1 }
        #expect(counted == 3)
        running.kill9()
    }

    @Test("killed between any two steps of saving, nothing is counted twice") func brokenOff() throws {
        try sandbox.append(Log.line(1) + Log.line(2))
        try sandbox.once()
        let position = try Data(contentsOf: URL(fileURLWithPath: sandbox.position + "/position"))
        try sandbox.append(Log.line(1) + Log.line(3))
        try sandbox.once()
        let entry = "\(sandbox.pending)/\(Log.fingerprint(3))"
        let leavings: [() throws -> Void] = [
            // Staged, and not published: entries under their temporary names, whole or half.
            { try FileManager.default.moveItem(atPath: entry, toPath: "\(sandbox.pending)/.new-\(Log.fingerprint(3))") },
            { try sandbox.write("trustd-pen", to: "\(sandbox.pending)/.new-\(Log.fingerprint(1))") },
            // Published, and the position not saved, or half written.
            {},
            { try sandbox.write("trustd-position 1\nLog: ", to: sandbox.position + "/.position.new") },
        ]
        for leave in leavings {
            try leave()
            try position.write(to: URL(fileURLWithPath: sandbox.position + "/position"))
            #expect(try sandbox.once().status == 0)
            #expect([1, 2, 3].map { sandbox.sightings($0) } == [2, 1, 1])
            #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.pending).count == 3)
        }
        // A position from another machine: the bytes do not fit, so nothing of it is believed, and that is said.
        let foreign = try #require(String(data: position, encoding: .utf8)).replacingOccurrences(of: "Head: 32", with: "Head: 33")
        try sandbox.write(foreign, to: sandbox.position + "/position")
        #expect(try sandbox.once().error.contains("is gone: lines may be lost"))
    }

    @Test("torture: rotated, compressed, truncated and killed at random, the count is exact")
    func torture() throws {
        // `make torture` for a long one, by chance or by the given seed; the short one is the same each time.
        let environment = ProcessInfo.processInfo.environment
        let length = environment["TRUSTD_TORTURE"].flatMap { Int($0) }
        let seed = environment["TRUSTD_SEED"].flatMap { UInt64($0) } ?? (length == nil ? 1 : .random(in: 0..<1_000_000))
        let rounds = length ?? 10
        print("torture: seed \(seed), \(rounds) rounds")
        var dice = SplitMix64(state: seed)
        var lines: [Int: UInt64] = [:]
        var second: Int64 = 0
        func line() -> String {
            let number = Int.random(in: 1...40, using: &dice)
            lines[number, default: 0] += 1
            // As in a real log the time tells the beginnings of two files apart: by what else, when gzip has given it another inode?
            second += 1
            let time = Timestamp(seconds: Timestamp.now.seconds - 86_400 + second).description.dropLast().split(separator: "T").joined(
                separator: " ")
            return time + Log.line(number).dropFirst("2026-11-22 17:41:59".count)
        }
        // Rotated logs are read on, and not from before trustd first saw the log.
        try sandbox.append(line())
        try sandbox.once()
        for _ in 0..<rounds {
            let running = try sandbox.start()
            for _ in 0..<Int.random(in: 5...40, using: &dice) {
                switch Int.random(in: 0..<12, using: &dice) {
                case 0: try rotate(compress: Bool.random(using: &dice), copying: Int.random(in: 0..<3, using: &dice) == 0)
                case 1:
                    let whole = line()
                    let cut = Int.random(in: 1..<whole.count, using: &dice)
                    try sandbox.append(String(whole.prefix(cut)))
                    usleep(UInt32.random(in: 0...30_000, using: &dice))
                    try sandbox.append(String(whole.dropFirst(cut)))
                case 2: usleep(UInt32.random(in: 0...100_000, using: &dice))
                default: try sandbox.append((0..<Int.random(in: 1...30, using: &dice)).map { _ in line() + Log.other }.joined())
                }
            }
            usleep(UInt32.random(in: 0...400_000, using: &dice))
            running.kill9()
            #expect(!running.error.contains("lost"), "seed \(seed): \(running.error)")
        }
        #expect(try sandbox.once().status == 0)
        for (number, count) in lines { #expect(sandbox.sightings(number) == count, "seed \(seed): \(number)") }
    }

    /// As logrotate does: compressed but for the latest, when `compress` says so; by copytruncate when `copying` does.
    private func rotate(compress: Bool, copying: Bool) throws {
        let folder = sandbox.path + "/log/"
        guard FileManager.default.fileExists(atPath: sandbox.log) else { return }
        for number in (1..<200).reversed() {
            for end in ["", ".gz"] { Glibc.rename("\(folder)mainlog.\(number)\(end)", "\(folder)mainlog.\(number + 1)\(end)") }
        }
        if copying {
            try FileManager.default.copyItem(atPath: sandbox.log, toPath: folder + "mainlog.1")
            truncate(sandbox.log, 0)
        } else {
            try sandbox.rename("mainlog", "mainlog.1")
        }
        guard compress, FileManager.default.fileExists(atPath: folder + "mainlog.2") else { return }
        let running = try Running(["/bin/gzip", folder + "mainlog.2"])
        try running.wait()
    }
}

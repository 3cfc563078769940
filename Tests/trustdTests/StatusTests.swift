import Foundation
import Testing
import TrustCore
import TrustTestSupport

@Suite("trustctl status")
struct StatusTests {
    let sandbox: Sandbox
    let trustctl: String
    let nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    init() throws {
        sandbox = try Sandbox("max_pending = 2")
        trustctl = Sandbox.program.dropLast("trustd".count) + "trustctl"
    }

    func ask(_ arguments: String..., through wrapper: [String] = []) throws -> (status: Int32, output: String, error: String) {
        let output = sandbox.path + "/out"
        let words = (wrapper + [trustctl, "status"] + arguments + ["--config", sandbox.path + "/conf"]).joined(separator: " ")
        let running = try Running(["/bin/sh", "-c", "exec \(words) >\(output)"])
        try running.wait()
        return (running.status ?? -1, (try? File.read(output)) ?? "", running.error)
    }

    @Test("status tells file, place, counts and refusals, after a rotation too; 69 without trustd") func told() throws {
        #expect(try ask().status == 69)
        try sandbox.append((1...5).map { Log.line($0) }.joined() + Log.other)
        let running = try sandbox.start()
        try sandbox.wait("the status") { (try? ask())?.output.contains("lines 6, sightings 5") == true }
        let answer = try ask()
        #expect(answer.status == 0 && answer.error.isEmpty, "\(answer.error)")
        #expect(answer.output.contains("reading \(sandbox.log) at byte") && answer.output.contains("nothing unread"))
        #expect(answer.output.contains("refused 4: full-without-address"), "\(answer.output)")
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(Log.line(1))
        try sandbox.wait("the rotation") { (try? ask("--json"))?.output.contains("\"rotations\" : 1") == true }
        let json = try #require(try JSONSerialization.jsonObject(with: Data(ask("--json").output.utf8)) as? [String: Any])
        let log = try #require((json["logs"] as? [[String: Any]])?.first)
        #expect(json["version"] as? Int == 1 && json["following"] as? Bool == true && json["pending"] as? Int == 1)
        #expect(log["lag_bytes"] as? Int == 0 && log["lag_seconds"] as? Int == 0 && log["lines_lost"] as? Int == 0)
        #expect(log["sightings"] as? Int == 6 && log["lines"] as? Int == 7 && log["file"] as? String == sandbox.log)
        running.kill9()
        let dead = try ask()
        #expect(dead.status == 69 && dead.error.contains("no trustd follows") && dead.error.contains("hint: "))
    }

    @Test("a run of --once leaves its status, and no trustd is running") func once() throws {
        for round in 1...2 {
            try sandbox.append(Log.line(round))
            #expect(try sandbox.once().status == 0)
            let answer = try ask()
            #expect(answer.status == 69 && answer.error.contains("no trustd follows"), "\(answer)")
            #expect(answer.output.contains("nothing unread") && answer.output.contains("sightings \(round)"), "\(answer)")
        }
    }

    @Test("what trustctl removes from the queue is not pending any more, without a restart") func removed() throws {
        try sandbox.configure("max_per_address = 100")
        try sandbox.append((1...3).map { Log.line($0) }.joined())
        let running = try sandbox.start()
        try sandbox.wait("three entries") { (try? ask())?.output.contains("pending 3") == true }
        for number in 1...3 {
            // The status may know of it a moment before its file is there.
            try sandbox.wait("the entry") { unlink("\(sandbox.pending)/\(Log.fingerprint(number))") == 0 }
            try sandbox.wait("one less") { (try? ask())?.output.contains("pending \(3 - number)") == true }
        }
        try sandbox.append(Log.line(2))
        try sandbox.wait("a new one") { (try? ask())?.output.contains("pending 1") == true }
        running.kill9()
    }

    @Test("a log mounted as a single file is reported, and fails when it is rotated away below the mount") func mounted() throws {
        try FileManager.default.createDirectory(atPath: sandbox.path + "/real", withIntermediateDirectories: false)
        let real = sandbox.path + "/real/mainlog"
        try sandbox.append(Log.line(1), to: real)
        try sandbox.append("")
        let running = try sandbox.start(through: [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", "mount --bind '\(real)' '\(sandbox.log)' && exec \"$@\"", "sh",
        ])
        try sandbox.wait("the first line") { sandbox.sightings(1) == 1 }
        try sandbox.wait("the warning") { running.error.contains("is mounted as a single file") }
        let log = {
            FileManager.default.contents(atPath: sandbox.position + "/status").flatMap { FollowerStatus(decoding: Array($0)) }?.logs.first
        }
        try sandbox.wait("the status") { log() != nil }
        #expect(log()?.trouble == nil)
        try #require(Glibc.rename(real, real + ".1") == 0)
        try sandbox.append(Log.line(2), to: real)
        try sandbox.wait("the trouble") { log()?.trouble == FollowerStatus.Log.stale }
        #expect(log()?.counts.gaps == 1 && running.error.contains("hint: mount the folder"))
        let answer = try ask()
        #expect(answer.status == 69 && answer.error.contains("mounted as a single file") && answer.error.contains("hint: mount the folder"))
        running.kill9()
    }

    @Test(
        "a log that is a folder, a FIFO, a device or a socket is named as such, and its hint is not permission",
        arguments: ["folder", "fifo", "device", "socket"])
    func notAFile(kind: String) throws {
        let make = [
            "folder": "mkdir", "fifo": "mkfifo", "device": "ln -s /dev/null",
            "socket": "python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'",
        ]
        let maker = try Running(["/bin/sh", "-c", "\(make[kind] ?? "") \(sandbox.log)"])
        try maker.wait()
        try #require(maker.status == 0, "\(maker.error)")
        let running = try sandbox.start()
        try sandbox.wait("the trouble") { (try? ask())?.output.contains("is not a file") == true }
        let answer = try ask()
        #expect(answer.status == 69 && answer.error.contains("\(sandbox.log) is not a file"), "\(answer.error)")
        #expect(!answer.error.contains("readable") && !running.error.contains("runs as"), "\(answer.error)\(running.error)")
        #expect(running.error.contains(kind == "folder" ? "log = \(sandbox.log)/mainlog" : "let Exim or syslog write to a file"))
        running.kill9()
        let once = try sandbox.once()
        #expect(once.status == 78 && once.error.contains("is not a file") && !once.error.contains("runs as"), "\(once.error)")
    }

    @Test("a log that grows while trustd is stopped makes status fail") func stopped() throws {
        try sandbox.append(Log.line(1))
        let running = try sandbox.start()
        try sandbox.wait("the status") { (try? ask())?.status == 0 }
        kill(running.pid, SIGSTOP)
        defer { kill(running.pid, SIGCONT) }
        #expect(try ask().status == 0, "nothing is unread")
        try sandbox.append(Log.line(2))
        let answer = try ask()
        #expect(answer.status == 69 && answer.error.contains("grows, but trustd does not read it"), "\(answer)")
        #expect(answer.output.contains("bytes unread"))
    }

    @Test(
        "a status that may not be read is 77",
        .enabled(if: TrustDaemon.canDropPrivileges, "another user cannot run the built programs here"))
    func notPermitted() throws {
        try sandbox.append(Log.line(1))
        let running = try sandbox.start()
        try sandbox.wait("the status") { (try? ask())?.status == 0 }
        chmod(sandbox.position, 0o700)
        #expect(try ask(through: nobody).status == 77)
        running.kill9()
    }

    @Test("a bad status is 78, and no control character of it reaches the terminal") func hostile() throws {
        try sandbox.append(Log.line(1))
        let running = try sandbox.start()
        let path = sandbox.position + "/status"
        try sandbox.wait("the status") { (try? ask())?.status == 0 }
        let true_ = try File.read(path)
        running.kill9()
        for text in [
            "", "nonsense", String(true_.dropLast(8)), true_.replacingOccurrences(of: "Offset: ", with: "Offset: -"),
            true_ + String(repeating: "x", count: 70_000),
        ] {
            try sandbox.write(text, to: path)
            #expect(try ask().status == 78)
        }
        try sandbox.write(true_.replacingOccurrences(of: "File: ", with: "File: \u{1B}[31m"), to: path)
        #expect(try ask().output.contains("\\u{1B}[31m"))
        unlink(path)
        symlink("/etc/passwd", path)
        #expect(try ask().status == 78)
        unlink(path)
        mkfifo(path, 0o600)
        #expect(try ask().status == 78)
    }

    @Test("a status is read back as it was written, and nothing else is accepted") func format() {
        var status = FollowerStatus(process: 7, since: Timestamp(seconds: 5), updated: Timestamp(seconds: 6), pending: 3)
        status.refused = ["full": 2]
        status.lastError = .init(time: Timestamp(seconds: 4), text: "read /x: Input/output error")
        var log = FollowerStatus.Log(name: "/log")
        (log.file, log.inode, log.offset, log.unread, log.caughtUp) = ("/log.1", 1, 2, 3, Timestamp(seconds: 4))
        log.counts.gaps = 9
        status.logs = [log, FollowerStatus.Log(name: "/other")]
        status.logs[1].trouble = "it is not there"
        let text = status.encoded()
        #expect(FollowerStatus(decoding: text) == status)
        for end in 0..<text.count { #expect(FollowerStatus(decoding: Array(text[..<end])) == nil) }
    }
}

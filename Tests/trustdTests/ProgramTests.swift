import Foundation
import Testing
import TrustCore
import TrustTestSupport

@Suite("The built program")
struct ProgramTests {
    let sandbox: Sandbox

    init() throws { sandbox = try Sandbox() }

    @Test("--once reads what is there and exits; a second run counts nothing twice") func once() throws {
        try sandbox.append(Log.line(1, address: "192.0.2.7", certificate: "QUJD") + Log.line(1) + Log.other + Log.line(2))
        for _ in 0..<2 {
            let (status, _) = try sandbox.once()
            #expect(status == 0)
            #expect(sandbox.sightings(1) == 2 && sandbox.sightings(2) == 1)
        }
        let entry = try #require(sandbox.entry(1))
        #expect(entry.addresses.map(\.description) == ["192.0.2.7"] && entry.certificate == "QUJD")
        #expect(entry.firstSeen.description == "2026-11-22T17:41:59Z")
        var status = stat()
        stat("\(sandbox.pending)/\(Log.fingerprint(1))", &status)
        #expect(status.st_mode & 0o7777 == 0o640)
        stat(sandbox.pending, &status)
        #expect(status.st_mode & 0o7777 == 0o750)
    }

    @Test("--once reports a missing log and exits 0; with an unreadable one it exits 78") func onceWithout() throws {
        let missing = try sandbox.once()
        #expect(missing.status == 0 && missing.error.contains("is not there"))
        mkdir(sandbox.log, 0o755)
        let unreadable = try sandbox.once()
        #expect(unreadable.status == 78 && unreadable.error.contains("trustd: hint: "))
    }

    @Test(
        "--once exits 78 as a user who may not read the log",
        .enabled(if: TrustDaemon.canDropPrivileges, "another user cannot run the built programs here"))
    func notPermitted() throws {
        try sandbox.append(Log.line(1))
        chmod(sandbox.log, 0o600)
        chmod(sandbox.path, 0o755)
        mkdir(sandbox.path + "/state", 0o777)
        chmod(sandbox.path + "/state", 0o777)
        let result = try sandbox.once(through: ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        #expect(result.status == 78 && result.error.contains("Permission denied"), "\(result.error)")
    }

    @Test(
        "an unreadable old log does not keep the new one from being read",
        .enabled(if: TrustDaemon.canDropPrivileges, "another user cannot run the built programs here"))
    func oldNotPermitted() throws {
        let nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        try sandbox.append(Log.line(1))
        for path in [sandbox.path, sandbox.path + "/log"] { chmod(path, 0o755) }
        for path in [sandbox.log, sandbox.path + "/conf"] { chmod(path, 0o644) }
        mkdir(sandbox.path + "/state", 0o777)
        chmod(sandbox.path + "/state", 0o777)
        #expect(try sandbox.once(through: nobody).status == 0)
        try sandbox.append(Log.line(7) + Log.line(7), to: sandbox.log + ".1")
        chmod(sandbox.log + ".1", 0o600)
        try sandbox.append(Log.line(2), to: sandbox.log + ".new")
        chmod(sandbox.log + ".new", 0o644)
        try sandbox.rename("mainlog.new", "mainlog")
        let result = try sandbox.once(through: nobody)
        #expect(result.status == 0 && result.error.contains("mainlog.1: Permission denied"), "\(result.error)")
        #expect(sandbox.sightings(2) == 1)
    }

    @Test(
        "one unreadable entry does not stop the daemon",
        .enabled(if: TrustDaemon.canDropPrivileges, "another user cannot run the built programs here"))
    func entryNotPermitted() throws {
        try sandbox.append(Log.line(1))
        #expect(try sandbox.once().status == 0)
        chmod("\(sandbox.pending)/\(Log.fingerprint(1))", 0o600)
        try sandbox.append(Log.line(1) + Log.line(2))
        for path in [sandbox.path, sandbox.path + "/log"] { chmod(path, 0o755) }
        for path in [sandbox.log, sandbox.path + "/conf"] { chmod(path, 0o644) }
        for path in [sandbox.position, sandbox.pending] { chmod(path, 0o777) }
        for name in ["lock", "position"] { chmod("\(sandbox.position)/\(name)", 0o666) }
        let result = try sandbox.once(through: ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        #expect(result.status == 0 && result.error.contains("are not entries"), "\(result.error)")
        #expect(sandbox.sightings(2) == 1)
    }

    @Test("a missing saved position beside entries is reported") func positionGone() throws {
        try sandbox.append(Log.line(1))
        #expect(try sandbox.once().error.contains("position is gone") == false)
        unlink(sandbox.position + "/position")
        unlink(sandbox.position + "/previous")
        #expect(try sandbox.once().error.contains("position is gone"))
    }

    @Test("it goes on when standard error is blocked or closed") func deafListener() throws {
        let fifo = sandbox.path + "/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        let listener = Glibc.open(fifo, O_RDWR | O_NONBLOCK)
        let block = [UInt8](repeating: 0x2E, count: 4_096)
        while Glibc.write(listener, block, block.count) > 0 {}
        let running = try sandbox.start(through: ["/bin/sh", "-c", "exec \"$@\" 2>\(fifo)", "sh"])
        try sandbox.append(Log.line(1))
        try sandbox.wait("an entry that nobody hears of") { sandbox.sightings(1) == 1 }
        try sandbox.append(Log.line(2))
        try sandbox.wait("the next one") { sandbox.sightings(2) == 1 }
        close(listener)
        try sandbox.append(Log.line(3))
        try sandbox.wait("one after the listener has gone") { sandbox.sightings(3) == 1 }
        try sandbox.append(Log.line(4))
        try sandbox.wait("and another") { sandbox.sightings(4) == 1 }
        running.kill9()
    }

    @Test("--explain exits 78 on a bad output or input, and skips lines that are too long")
    func explainErrors() throws {
        try sandbox.write(String(repeating: "x", count: 65_536) + "\n" + Log.line(1), to: sandbox.path + "/lines")
        for (redirection, expected) in [("<lines >/dev/full", Int32(78)), ("</ >out", 78), ("<lines >out", 0)] {
            let running = try Running(
                ["/bin/sh", "-c", "cd \(sandbox.path) && exec \(Sandbox.program) --explain \(redirection)"])
            try running.wait()
            #expect(running.status == expected, "\(redirection)")
        }
        let said = try File.read(sandbox.path + "/out").split(separator: "\n")
        #expect(said.count == 2 && said[0].contains("skipped") && said[1].hasPrefix("sighting "))
    }

    @Test("a host's time is right before and after its zone changes, also at a minute past midnight") func zones() throws {
        func moments(_ times: [String], in zone: String) throws -> [String] {
            try sandbox.write(times.map { "\($0) \(Log.phrase)\(Log.fingerprint(1))\n" }.joined(), to: sandbox.path + "/lines")
            let running = try Running(
                ["/bin/sh", "-c", "exec \(Sandbox.program) --explain <\(sandbox.path)/lines >\(sandbox.path)/told"],
                environment: ["TZ": zone])
            try running.wait()
            return try File.read(sandbox.path + "/told").split(separator: "\n").map { line in
                String(line.split(separator: " ").first { $0.hasPrefix("time=") }?.dropFirst(5) ?? "none")
            }
        }
        // The rules stand in TZ itself, because a machine may lack the files of the zones.
        #expect(
            try moments(
                ["2026-03-29 01:46:00", "2026-03-29 01:59:59", "2026-03-29 03:00:00", "2026-03-29 03:14:59", "2026-10-25 03:00:00"],
                in: "CET-1CEST,M3.5.0,M10.5.0/3")
                == [
                    "2026-03-29T00:46:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:14:59Z",
                    "2026-10-25T02:00:00Z",
                ])
        #expect(
            try moments(
                ["2026-03-08 00:00:59", "2026-03-08 01:01:00", "2026-03-08 01:14:00", "2026-10-31 22:59:30", "2026-11-01 00:20:00"],
                in: "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01")
                == [
                    "2026-03-08T03:30:59Z", "2026-03-08T03:31:00Z", "2026-03-08T03:44:00Z", "2026-11-01T01:29:30Z", "2026-11-01T03:50:00Z",
                ])
    }

    @Test("--explain prints the words of exim-log.cases") func explainPrintsTheCases() throws {
        let script = try #require(Bundle.module.url(forResource: "Fixtures/check-cases", withExtension: nil)).path
        let running = try Running(
            ["/bin/sh", "-c", "exec \(script) >\(sandbox.path)/out"], environment: ["TRUSTD": Sandbox.program])
        try running.wait()
        let said = try File.read(sandbox.path + "/out")
        #expect(running.status == 0, "\(said)\(running.error)")
    }

    @Test("a mistake in trustd.conf is 78 with file and line, one in the options 64") func mistakes() throws {
        try sandbox.configure("max_pendign = 3")
        let result = try sandbox.once()
        #expect(result.status == 78 && result.error.hasPrefix("trustd: \(sandbox.path)/conf:6: unknown key"), "\(result.error)")
        let usage = try sandbox.start(["--nonsense"])
        try usage.wait()
        #expect(usage.status == 64 && usage.error.hasPrefix("trustd: unknown option"))
        unlink(sandbox.path + "/conf")
        #expect(try sandbox.once().status == 78)
    }

    @Test("a second trustd with the same state exits 75") func second() throws {
        try sandbox.append(Log.line(1))
        let first = try sandbox.start()
        try sandbox.wait("the first one's entry") { sandbox.sightings(1) == 1 }
        let result = try sandbox.once()
        #expect(result.status == 75 && result.error.contains("another trustd"))
        first.kill9()
        #expect(try sandbox.once().status == 0)
    }

    @Test(
        "a corrupt or missing position is reported, and the one before it gives the exact count",
        arguments: ["nonsense", "", nil])
    func lostPosition(text: String?) throws {
        try sandbox.append(Log.line(1) + Log.line(1))
        for round in 1...4 {
            try sandbox.once()
            #expect(sandbox.sightings(1) == UInt64(2 * round) && sandbox.sightings(2) == UInt64(round - 1))
            if let text { try sandbox.write(text, to: sandbox.position + "/position") } else { unlink(sandbox.position + "/position") }
            try sandbox.append(Log.line(1) + Log.line(2) + Log.line(1))
            if round == 3 {
                try sandbox.rename("mainlog", "mainlog.1")
                try sandbox.append(Log.other)
            }
            let result = try sandbox.once()
            #expect(result.status == 0 && result.error.contains("on from the one before it"), "\(result.error)")
            #expect(sandbox.sightings(1) == UInt64(2 * round + 2) && sandbox.sightings(2) == UInt64(round))
        }
    }

    @Test("with two corrupt positions, sequence numbers go on above all counted") func corruptPosition() throws {
        try sandbox.append(Log.line(1) + Log.line(1))
        try sandbox.once()
        try sandbox.write("nonsense", to: sandbox.position + "/previous")
        try sandbox.write("nonsense", to: sandbox.position + "/position")
        try sandbox.append(Log.line(2))
        let result = try sandbox.once()
        #expect(result.status == 0 && result.error.contains("is unreadable"))
        #expect(FileManager.default.fileExists(atPath: sandbox.position + "/corrupt"))
        #expect(sandbox.sightings(1) == 4 && sandbox.sightings(2) == 1)
        try sandbox.once()
        #expect(sandbox.sightings(1) == 4)
    }
}

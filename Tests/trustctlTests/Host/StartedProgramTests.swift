import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Host

@Suite("Program")
struct StartedProgramTests {
    private func shell(_ script: String) -> Program { Program("/bin/sh", ["-c", script]) }

    private func text(_ program: Program) throws -> String { String(decoding: try program.run().output, as: UTF8.self) }

    @Test("a started program has a clean environment, / as folder and empty input") func surroundings() throws {
        let environment = try text(Program("/usr/bin/env", [])).split(separator: "\n").map(String.init).sorted()
        #expect(environment == ["HOME=/", "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        #expect(try text(Program("/bin/pwd", [])) == "/\n")
        #expect(try text(Program("/bin/cat", [])) == "")
        #expect(try text(Program("/usr/bin/printf", ["%s|", "a b", "$(id)", "", "*"])) == "a b|$(id)||*|")
    }

    @Test("a started program inherits only three descriptors, and no blocked or ignored signal") func descriptors() throws {
        // The first free one from 200 on: another test may use 200.
        let kept = fcntl(STDERR_FILENO, F_DUPFD, 200)
        defer { close(kept) }
        #expect(kept >= 200)
        // The fourth is the folder that ls reads.
        #expect(try text(Program("/bin/ls", ["/proc/self/fd"])) == "0\n1\n2\n3\n")
        let signals = try text(Program("/bin/grep", ["-E", "SigBlk|SigIgn", "/proc/self/status"]))
        // The C library reserves signals 32 and 33.
        let sets = signals.split(separator: "\n").map { (UInt64($0.suffix(16), radix: 16) ?? .max) & ~(3 << 31) }
        #expect(sets == [0, 0])
    }

    @Test(
        "status, signal, output and errors of a program are returned",
        arguments: [("exit 3", 3), ("kill -9 $$", 137), ("exit 0", 0), ("exit 126", 126)])
    func status(_ script: String, _ status: CInt) throws {
        let result = try shell("echo out; echo error >&2; \(script)").run()
        #expect(result.status == status)
        #expect(result.output == Array("out\n".utf8) && result.error == "error\n")
    }

    @Test("both outputs may be long at the same time") func long() throws {
        let result = try shell("head -c 1000000 /dev/zero >&2 & head -c 3000000 /dev/zero; wait").run()
        #expect(result.output.count == 3_000_000)
        // Only the start of the error output is kept.
        #expect(result.error.utf8.count == 16_384)
    }

    @Test("a program that writes or runs without end is stopped, with a different error each") func bounds() throws {
        var endless = Program("/usr/bin/yes", [])
        endless.maximumOutput = 1 << 20
        var error = #expect(throws: ProgramError.self) { try endless.run() }
        #expect(try #require(error).description == "/usr/bin/yes wrote more than 1048576 bytes")
        var slow = Program("/bin/sleep", ["1000"])
        slow.timeLimit = 0.05
        error = #expect(throws: ProgramError.self) { try slow.run() }
        #expect(try #require(error).description.hasPrefix("/bin/sleep did not end within"))
        #expect(Program("/bin/true", []).timeLimit == 60)
    }

    @Test("a missing file, a text file and a folder cannot be started") func missing() throws {
        for path: FilePath in ["/nonexistent/program", "/etc/hostname", "/etc"] {
            let error = #expect(throws: ProgramError.self) { try Program(path, []).run() }
            guard case .cannotStart(path, let why) = try #require(error) else {
                Issue.record("\(path)")
                continue
            }
            #expect(why.hasPrefix("\(path): "))
        }
    }

    @Test("only the started program sees the candidate in the live file's place") func substitution() throws {
        try inFolder { folder throws in
            try folder.write("live", "live\n")
            try folder.write("candidate", "candidate\n")
            let script = "cat '\(folder("live"))'; echo changed >'\(folder("live"))'"
            let inside = Program(
                "/bin/sh", ["-c", script], substitutions: [.init(candidate: folder.path("candidate"), live: folder.path("live"))])
            #expect(try text(inside) == "candidate\n")
            #expect(try text(Program("/bin/cat", [folder("live")])) == "live\n")
            #expect(try folder.read("live") == "live\n")
            let mounts = try File.read("/proc/self/mountinfo")
            #expect(!mounts.contains(folder("live")))
            let broken = Program("/bin/cat", [], substitutions: [.init(candidate: folder.path("none"), live: folder.path("live"))])
            let error = #expect(throws: ProgramError.self) { try broken.run() }
            guard case .mountNotPermitted = try #require(error) else { throw try #require(error) }
        }
    }

    @Test("a detached program has a session of its own") func detached() throws {
        let child = try shell("exec sleep 1000").startDetached()
        defer {
            kill(child, SIGKILL)
            _ = Program.wait(for: child)
        }
        try waitUntil("the program has its session") { getsid(child) == child }
        try waitUntil("the program has been executed") { ProcessFacts(pid: child).arguments == ["sleep", "1000"] }
    }
}

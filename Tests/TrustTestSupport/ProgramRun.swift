package import Glibc
import Synchronization

/// Another program, started with an argument vector and a time limit.
///
/// Its output goes to unnamed files, not to pipes: a daemon that it leaves behind may keep them open, and nobody waits for it.
package struct ProgramRun: Sendable {
    /// Its output and its exit status; death by a signal is 128 + its number, as in a shell.
    package struct Outcome: Sendable, CustomStringConvertible {
        package let exitCode: Int32
        package let output: String
        package let errors: String
        let command: String

        package var description: String { "`\(command)` ended with \(exitCode)\n--- output\n\(output)--- errors\n\(errors)" }
    }

    /// Whether somebody has waited for its end.
    private final class End: Sendable {
        let isSeen = Mutex(false)
    }

    package enum Fault: Error, CustomStringConvertible {
        case notStarted(command: String, errno: Int32)
        case tookTooLong(command: String, errors: String)

        package var description: String {
            switch self {
            case .notStarted(let command, let errno): "`\(command)` cannot be started: \(String(cString: strerror(errno)))"
            case .tookTooLong(let command, let errors): "`\(command)` took too long\n\(errors)"
            }
        }
    }

    package let pid: pid_t
    private let end = End()
    private let command: String
    private let words: [String]
    private let output: CInt
    private let errors: CInt

    /// Runs `program` until it ends.
    @discardableResult
    package static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = "",
        timeout: Duration = .seconds(120)
    ) throws -> Outcome {
        try ProgramRun(starting: program, arguments, environment: environment, input: input).wait(timeout: timeout)
    }

    /// Starts `program`, looked up in PATH if it has no slash, in a process group of its own. `streams` are the caller's descriptors for
    /// its standard input and output instead of files.
    package init(
        starting program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = "",
        streams: (input: CInt, output: CInt)? = nil
    ) throws {
        words = [program] + arguments
        command = words.joined(separator: " ")
        let standardInput = Self.unnamedFile(holding: input)
        output = Self.unnamedFile()
        errors = Self.unnamedFile()
        defer { close(standardInput) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, streams?.input ?? standardInput, 0)
        posix_spawn_file_actions_adddup2(&actions, streams?.output ?? output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        var usual = sigset_t()
        sigemptyset(&usual)
        for signal in [SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var pid: pid_t = 0
        let code = Self.withCStrings([program] + arguments) { argv in
            Self.withCStrings(Self.environment(with: environment)) { envp in
                posix_spawnp(&pid, program, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            close(output)
            close(errors)
            throw Fault.notStarted(command: command, errno: code)
        }
        self.pid = pid
    }

    /// Waits for the end. At the time limit its whole process group is killed.
    @discardableResult
    package func wait(timeout: Duration = .seconds(120)) throws -> Outcome {
        defer {
            close(output)
            close(errors)
        }
        var status: CInt = 0
        let deadline = ContinuousClock.now + timeout * Sanitizer.patience
        while !reap(&status, WNOHANG) {
            if ContinuousClock.now > deadline {
                sendToGroup(SIGKILL)
                _ = reap(&status, 0)
                throw Fault.tookTooLong(command: command, errors: Self.text(of: errors))
            }
            usleep(1_000)
        }
        let signal = status & 0x7F
        let outcome = Outcome(
            exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: Self.text(of: output), errors: Self.text(of: errors),
            command: command)
        if signal == 0 { SeenDocuments.keep(words, outcome.output) }
        return outcome
    }

    /// What it has written to standard output so far.
    package var outputSoFar: String { Self.text(of: output) }
    /// What it has written to standard error so far.
    package var errorsSoFar: String { Self.text(of: errors) }

    /// Whether it still runs. This does not reap it.
    package var isRunning: Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information._sifields._sigchld.si_pid == 0
    }

    /// Sends a signal, if its end has not been waited for: from then on the number may be that of another test's process.
    package func send(_ signal: CInt) { end.isSeen.withLock { if !$0 { kill(pid, signal) } } }

    /// Sends a signal to all of its process group, if its end has not been waited for.
    package func sendToGroup(_ signal: CInt) { end.isSeen.withLock { if !$0 { kill(-pid, signal) } } }

    /// Whether it has ended, which `wait` has seen now or before.
    private func reap(_ status: inout CInt, _ options: CInt) -> Bool {
        end.isSeen.withLock { isSeen in
            if !isSeen { isSeen = waitpid(pid, &status, options) != 0 }
            return isSeen
        }
    }

    private static func environment(with changes: [String: String]) -> [String] {
        var all = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"]
        // Where the tests' toolchain keeps the runtime that debug builds need.
        if let libraries = getenv("LD_LIBRARY_PATH") { all["LD_LIBRARY_PATH"] = String(cString: libraries) }
        all.merge(Sanitizer.environment) { $1 }
        all.merge(changes) { $1 }
        return all.map { "\($0.key)=\($0.value)" }
    }

    private static func unnamedFile(holding text: String = "") -> CInt {
        // Close-on-exec: other tests start programs at the same time.
        let name = "/tmp/trustd-run.\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        unlink(name)
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            bytes = bytes.dropFirst(count)
        }
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private static func text(of descriptor: CInt) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(all.count))
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }

    private static func withCStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
        let pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }
}

import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

/// A folder of the test's own with a log, a state and a configuration in it, and the built program to run on them.
final class Sandbox {
    let path: String
    var log: String { path + "/log/mainlog" }
    var pending: String { path + "/state/pending" }
    var position: String { path + "/state/position" }

    init(_ extra: String = "") throws {
        // Another user must come here: TMPDIR may lie in a folder that is closed, and a closed umask would close this one.
        umask(0o022)
        path = "/tmp/trustd-test-\(UUID().uuidString.prefix(13))"
        for folder in ["", "/log", "/certs", "/ledger", "/ledger/denied"] {
            try FileManager.default.createDirectory(atPath: path + folder, withIntermediateDirectories: false)
        }
        try configure(extra)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func configure(_ extra: String = "", log: String? = nil) throws {
        // The lines of the tests are of 2026, for ever.
        let ttl = extra.contains("pending_ttl") ? "" : "pending_ttl = 30000d\n"
        try write(
            "log = \(log ?? self.log)\nstate = \(path)/state\nledger = \(path)/ledger\ncertificates = \(path)/certs\n\(ttl)\(extra)\n",
            to: path + "/conf")
    }

    func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

    /// As Exim writes: one write at the end of whatever the name means.
    func append(_ text: String, to path: String? = nil) throws {
        let file = open(path ?? log, O_WRONLY | O_APPEND | O_CREAT, 0o640)
        try #require(file >= 0)
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
    }

    /// A shell script in the folder of the log.
    func run(_ script: String) throws {
        let running = try Running(["/bin/sh", "-ec", "cd \(path)/log\n\(script)"])
        try running.wait()
        try #require(running.status == 0, "\(running.error)")
    }

    func rename(_ old: String, _ new: String) throws { try #require(Glibc.rename(path + "/log/" + old, path + "/log/" + new) == 0) }

    func entry(_ number: Int) -> PendingEntry? {
        let name = Log.fingerprint(number)
        guard let data = FileManager.default.contents(atPath: "\(pending)/\(name)") else { return nil }
        return try? PendingEntry(decoding: Array(data), name: name)
    }

    func sightings(_ number: Int) -> UInt64 { entry(number)?.sightings ?? 0 }

    /// Waits for an event, not for luck: the deadline is there only to fail.
    func wait(_ what: String, seconds: Double = 60, until condition: () -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds * Double(Sanitizer.patience))
        while !condition() {
            guard Date() < deadline else { throw NothingCame(description: "waited \(seconds) s in vain: \(what)") }
            usleep(2_000)
        }
    }

    // MARK: The built program

    static var program: String { Bundle.module.bundleURL.deletingLastPathComponent().appendingPathComponent("trustd").path }

    func start(_ arguments: [String] = [], environment: [String: String] = [:], through wrapper: [String] = []) throws -> Running {
        let words = wrapper + [Self.program, "--config", path + "/conf"] + arguments
        return try Running(words, environment: environment)
    }

    @discardableResult
    func once(through wrapper: [String] = []) throws -> (status: Int32, error: String) {
        let running = try start(["--once"], through: wrapper)
        try running.wait()
        return (running.status ?? -1, running.error)
    }
}

/// A program that runs; killed when the test is done with it.
final class Running {
    private let run: ProgramRun
    private var outcome: ProgramRun.Outcome?
    private var isOver = false

    init(_ words: [String], environment: [String: String] = [:]) throws {
        run = try ProgramRun(starting: words[0], Array(words.dropFirst()), environment: environment)
    }

    var pid: pid_t { run.pid }

    /// What it has written to standard error so far.
    var error: String { outcome?.errors ?? run.errorsSoFar }

    /// Its exit status; nil while it was not waited for.
    var status: Int32? { outcome?.exitCode }

    /// Waits for its end. (Foundation's `waitUntilExit` has waited for a program for ever that had ended.)
    func wait() throws {
        guard !isOver else { return }
        isOver = true
        outcome = try run.wait(timeout: .seconds(600))
    }

    func kill9() {
        guard !isOver else { return }
        run.send(SIGKILL)
        try? wait()
    }

    deinit { kill9() }
}

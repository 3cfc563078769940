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
        return try Running(words, environment: environment, error: path + "/stderr-\(UUID().uuidString.prefix(8))")
    }

    @discardableResult
    func once(through wrapper: [String] = []) throws -> (status: Int32, error: String) {
        let running = try start(["--once"], through: wrapper)
        running.process.waitUntilExit()
        return (running.process.terminationStatus, running.error)
    }
}

/// A program that runs; killed when the test is done with it.
final class Running {
    let process = Process()
    private let errorPath: String

    init(_ words: [String], environment: [String: String], error: String) throws {
        errorPath = error
        try Data().write(to: URL(fileURLWithPath: error))
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"].merging(Sanitizer.environment) { $1 }.merging(environment) { $1 }
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: error))
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// (Foundation's own way leaks a block for each empty file, as LeakSanitizer tells.)
    var error: String { (try? File.read(errorPath)) ?? "" }

    func kill9() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { if process.isRunning { kill9() } }
}

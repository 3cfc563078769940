import Glibc
import SystemPackage
import TrustCore

/// What trustctl prints: data on standard output, everything else on standard error.
enum Output {
    /// Why something could not be written to standard output. A reader that has gone ends us by its signal.
    nonisolated(unsafe) private(set) static var failure: SystemError?

    static func write(_ text: String) { put(Array(text.utf8), STDOUT_FILENO) }

    /// What was added and not written yet.
    nonisolated(unsafe) private static var waiting: [UInt8] = []

    /// The same for one of many parts: they are written together, at the latest by `flush`.
    static func add(_ text: String) { add(Array(text.utf8)) }

    static func add(_ bytes: [UInt8]) {
        waiting.append(contentsOf: bytes)
        if waiting.count >= 1 << 16 { flush() }
    }

    /// Writes what was added.
    static func flush() {
        put(waiting, STDOUT_FILENO)
        waiting.removeAll(keepingCapacity: true)
    }

    /// A file's bytes as they are, for patch(1); on a terminal what could move its cursor is escaped, line by line.
    static func write(_ bytes: [UInt8]) {
        guard isatty(STDOUT_FILENO) != 0 else { return put(bytes, STDOUT_FILENO) }
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            write(Printable(String(decoding: line, as: UTF8.self), limit: 10_000).description + "\n")
        }
    }

    static func tell(_ text: String) { put(Array(text.utf8), STDERR_FILENO) }

    /// Bytes that a program reads, on standard output.
    static func put(_ bytes: [UInt8]) { put(bytes, STDOUT_FILENO) }

    private static func put(_ bytes: [UInt8], _ descriptor: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                if descriptor == STDOUT_FILENO { failure = SystemError("write", "standard output") }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}

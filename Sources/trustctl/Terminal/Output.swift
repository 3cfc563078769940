import Glibc
import TrustCore

/// What trustctl prints: data on standard output, everything else on standard error.
enum Output {
    static func write(_ text: String) { put(text, STDOUT_FILENO) }

    static func tell(_ text: String) { put(text, STDERR_FILENO) }

    private static func put(_ text: String, _ descriptor: CInt) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Colours, on a terminal that has not asked for none (no-color.org).
struct Style {
    private let isOn: Bool

    init(for descriptor: CInt) {
        isOn =
            isatty(descriptor) != 0 && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
            && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    func warning(_ text: String) -> String { isOn ? "\u{1B}[33m\(text)\u{1B}[0m" : text }
}

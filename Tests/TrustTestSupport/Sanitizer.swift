import Glibc

/// Whether this run is `make asan` or `make tsan` (Tests/sanitized): the programs are slower then, and their memory holds the sanitizer's.
package enum Sanitizer {
    package static let isOff = getenv("TRUSTD_SANITIZER") == nil

    /// How much longer all that waits may wait: a sanitizer makes everything many times slower, and a limit is there only to fail.
    package static let patience = isOff ? 1 : 20

    /// What tells a sanitizer in a program where its reports belong: it follows the tests into every program that they start.
    package static let environment: [String: String] = {
        var own: [String: String] = [:]
        for name in ["ASAN_OPTIONS", "TSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH", "TSAN_SYMBOLIZER_PATH", "SWIFT_BACKTRACE"] {
            own[name] = getenv(name).map { String(cString: $0) }
        }
        return own
    }()

    /// What to write before a tracer: the search for leaks at a program's end is a tracer itself, and there can be only one.
    package static let traced: [String] =
        isOff ? [] : ["/usr/bin/env", "ASAN_OPTIONS=\(environment["ASAN_OPTIONS"] ?? ""):detect_leaks=0"]

    /// False, and says so, when `what` cannot be told because a sanitizer is in the program.
    package static func leavesAlone(_ what: String) -> Bool {
        if !isOff { print("note: not looked at, because of the sanitizer: \(what)") }
        return isOff
    }
}

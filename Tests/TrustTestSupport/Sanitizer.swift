import Glibc

/// Whether this run is `make asan` or `make tsan` (Tests/sanitized): the programs are slower then, and the sanitizer uses their memory.
package enum Sanitizer {
    package static let isOff = getenv("TRUSTD_SANITIZER") == nil

    /// The factor for all time limits: a sanitizer makes everything many times slower, and limits exist only to end a test that hangs.
    package static let patience = isOff ? 1 : 20

    /// The variables that tell a sanitizer where its reports go. All programs that the tests start inherit them.
    package static let environment: [String: String] = {
        var own: [String: String] = [:]
        for name in ["ASAN_OPTIONS", "TSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH", "TSAN_SYMBOLIZER_PATH", "SWIFT_BACKTRACE"] {
            own[name] = getenv(name).map { String(cString: $0) }
        }
        return own
    }()

    /// The words before a tracer: the leak check at a program's end is a tracer itself, and a process can have only one.
    package static let traced: [String] =
        isOff ? [] : ["/usr/bin/env", "ASAN_OPTIONS=\(environment["ASAN_OPTIONS"] ?? ""):detect_leaks=0"]

    /// False if `what` cannot be checked because the program contains a sanitizer; then it prints a note.
    package static func leavesAlone(_ what: String) -> Bool {
        if !isOff { print("note: not checked, because of the sanitizer: \(what)") }
        return isOff
    }
}

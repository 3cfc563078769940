import Glibc

/// The signals by which somebody ends a command that waits: ^C, a closed terminal, kill(1). It then ends by itself, in order.
package enum Interruption {
    /// Only a signal handler writes it, and only once from zero.
    nonisolated(unsafe) private static var caught: CInt = 0

    /// From now on these signals end nothing.
    package static func begin() {
        for number in [SIGINT, SIGHUP, SIGTERM] { signal(number) { Interruption.caught = $0 } }
    }

    /// Whether one has come.
    package static var hasCome: Bool { caught != 0 }
}

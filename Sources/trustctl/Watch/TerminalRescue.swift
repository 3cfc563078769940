import Glibc

/// Gives the terminal back when we crash. Only SIGKILL leaves it as it is; reset(1) helps then.
enum TerminalRescue {
    /// What the handler needs, which may use no more than it (signal-safety(7)).
    nonisolated(unsafe) private static var before = termios()
    nonisolated(unsafe) private static var gives: UnsafeMutableBufferPointer<UInt8>?

    private static let crashes = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT]

    static func begin(_ settings: termios) {
        before = settings
        if gives == nil {
            let bytes = Array(FullScreen.gives.utf8)
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = buffer.initialize(from: bytes)
            gives = buffer
        }
        for number in crashes {
            signal(number) { number in
                // The second time it does what it would have done.
                signal(number, SIG_DFL)
                if let gives = TerminalRescue.gives { _ = write(STDOUT_FILENO, gives.baseAddress, gives.count) }
                tcsetattr(STDIN_FILENO, TCSANOW, &TerminalRescue.before)
                raise(number)
            }
        }
    }

    static func end() { for number in crashes { signal(number, SIG_DFL) } }
}

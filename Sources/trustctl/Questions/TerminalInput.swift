import Glibc
import TrustCore

/// What a person types, on standard input.
enum TerminalInput {
    static var isThere: Bool { isatty(STDIN_FILENO) != 0 }

    /// Drops what was typed before a question was asked. The attack: a pasted text with line ends, which answers what its reader has not
    /// seen yet.
    static func flush() { tcflush(STDIN_FILENO, TCIFLUSH) }

    /// A line that was ended with Enter, without blanks around it. Nil when the input ends, as on a terminal that goes away: half a line is no
    /// answer.
    static func line() -> String? {
        var bytes: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1, bytes.count < longestLine else { return nil }
            if byte == UInt8(ascii: "\n") { return String(String(decoding: bytes, as: UTF8.self).trimmed) }
            bytes.append(byte)
        }
    }

    /// The kernel gives no more in one line (termios(3)).
    private static let longestLine = 4_096
}

import Glibc
import Host
import SystemPackage
import TrustCore

extension TerminalInput {
    /// The first line of standard input, whatever is there, byte for byte, and no byte behind it.
    static func bytes(atMost limit: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { break }
            bytes.append(byte)
        }
        return bytes
    }

    /// Whether a secret can be asked for.
    static var canBeSilent: Bool { isThere && isatty(STDERR_FILENO) != 0 }

    /// What a person types up to Enter, without showing it; cut at `limit` bytes. Throws at ^C, and when the terminal goes away.
    static func silentLine(_ question: String, atMost limit: Int) throws(Failure) -> [UInt8] {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { throw Failure(SystemError("tcgetattr", "the terminal")) }
        var silent = before
        // Key by key, and ^C too: a signal would leave the terminal silent.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG | ICANON)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        // Only now: what somebody types at once is neither shown nor thrown away.
        Output.tell(question)
        defer { Output.tell("\n") }
        var typed: [UInt8] = []
        while typed.count < limit {
            var key: UInt8 = 0
            let count = read(STDIN_FILENO, &key, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1, key != 3 else { throw Failure("cancelled; nothing has changed", .interrupted) }
            switch key {
            case 4, 10, 13: return typed
            case 8, 127: if !typed.isEmpty { typed.removeLast() }
            case 21: typed.removeAll()
            default: typed.append(key)
            }
        }
        return typed
    }
}

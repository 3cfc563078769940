import Glibc

/// Single keys: while one is waited for, the terminal gives it at once and does not show it. Each way out restores the terminal.
enum TerminalKeys {
    enum Answer: Equatable {
        case key(Character)
        /// More than one character at once, or a key that is none of a letter's.
        case notAKey
        /// The input has ended, or Ctrl-C or Ctrl-D was pressed.
        case end
    }

    /// What comes within this time of a key, in milliseconds, was not typed by a person.
    static let pause: Int32 = 30

    /// Asks with `prompt`, after dropping what was typed before.
    ///
    /// The attack: a text from a web page or a mail, pasted into the terminal, which holds the keys that approve. A terminal marks what is
    /// pasted when it is asked to, and without that a paste arrives faster than keys: both are no key.
    static func ask(_ prompt: String) -> Answer {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return .end }
        var single = before
        single.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        withUnsafeMutableBytes(of: &single.c_cc) { characters in
            characters[Int(VMIN)] = 1
            characters[Int(VTIME)] = 0
        }
        let signals = SignalsOfTheEnd()
        defer { signals.release() }
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &single) == 0 else { return .end }
        let marksPastes = getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
        Output.tell((marksPastes ? "\u{1B}[?2004h" : "") + prompt)
        let typed = typed(orUntil: signals.arrived)
        if marksPastes { Output.tell("\u{1B}[?2004l") }
        // What is left of a paste is dropped with it.
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        let answer = answer(typed)
        if case .key(let key) = answer { Output.tell("\(key)\n") } else { Output.tell("\n") }
        return answer
    }

    private static func answer(_ typed: [UInt8]) -> Answer {
        var typed = typed
        // Enter right behind a key is a habit.
        if typed.count == 2, typed[1] == UInt8(ascii: "\n") { typed.removeLast() }
        guard let first = typed.first, first != 3, first != 4 else { return .end }
        guard typed.count == 1, (0x21...0x7E).contains(first) else { return .notAKey }
        return .key(Character(Unicode.Scalar(first)))
    }

    /// All that comes without a pause, or until it `isWhole`; nothing at the end of the input, and at a signal.
    static func typed(orUntil signal: CInt, isWhole: ([UInt8]) -> Bool = { _ in false }) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            var waiting = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0), pollfd(fd: signal, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&waiting, 2, bytes.isEmpty ? -1 : pause)
            if ready < 0 && errno == EINTR { continue }
            if ready <= 0 { return bytes }
            if waiting[1].revents != 0 { return [] }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return [] }
            // Of a long paste it is enough to know that it is one.
            if bytes.count < 65_536 { bytes += buffer[..<count] }
            if isWhole(bytes) { return bytes }
        }
    }
}

import Glibc

/// The whole terminal, taken for a while: single keys, the alternate screen, and a cursor that is not seen. `leave` gives it back as it
/// was, and so does a crash (`TerminalRescue`).
struct FullScreen: ~Copyable {
    private var signals: SignalsOfTheEnd?
    private var before = termios()
    /// What stands on the screen, line by line; nil when that is not known.
    private var shown: [String]?

    /// Whether there is a terminal that moves its cursor.
    static var isPossible: Bool {
        let name = getenv("TERM").map { String(cString: $0) } ?? ""
        // What is asked before a decision is written to standard error.
        return [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].allSatisfy { isatty($0) != 0 } && !name.isEmpty && name != "dumb"
    }

    /// The alternate screen, marks around pasted text, no wrapping by itself, no cursor.
    private static let takes = "\u{1B}[?1049h\u{1B}[?2004h\u{1B}[?7l\u{1B}[?25l\u{1B}[H\u{1B}[2J"
    /// Clears first: a terminal without an alternate screen keeps what stands there.
    static let gives = "\u{1B}[0m\u{1B}[H\u{1B}[2J\u{1B}[?25h\u{1B}[?7h\u{1B}[?2004l\u{1B}[?1049l"

    /// False when the terminal is gone.
    mutating func enter() -> Bool {
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return false }
        signals = SignalsOfTheEnd(and: [SIGWINCH, SIGTSTP, SIGCONT])
        TerminalRescue.begin(before)
        return take()
    }

    /// Takes it anew: somebody has used it while we were stopped.
    mutating func take() -> Bool {
        shown = nil
        var single = before
        single.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        withUnsafeMutableBytes(of: &single.c_cc) { characters in
            characters[Int(VMIN)] = 1
            characters[Int(VTIME)] = 0
        }
        tcflush(STDIN_FILENO, TCIFLUSH)
        guard tcsetattr(STDIN_FILENO, TCSANOW, &single) == 0 else { return false }
        return put(Self.takes)
    }

    /// Gives it back, and drops what was typed. Signals that came meanwhile do then what they would have done.
    mutating func leave() {
        guard let held = signals else { return }
        signals = nil
        shown = nil
        // Output that was stopped by Ctrl-S goes on: Linux lets go only what TCOOFF has stopped (drivers/tty/tty_ioctl.c). Not all of it is written
        // when the terminal takes nothing all the same.
        tcflow(STDOUT_FILENO, TCOOFF)
        tcflow(STDOUT_FILENO, TCOON)
        _ = put(Self.gives, patience: 500)
        tcflush(STDIN_FILENO, TCIFLUSH)
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
        TerminalRescue.end()
        held.release()
    }

    var size: WatchState.Size {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return .init(rows: 24, columns: 80)
        }
        // Nobody has a larger one, and another process can claim any.
        return .init(rows: min(Int(size.ws_row), 500), columns: min(Int(size.ws_col), 500))
    }

    mutating func forget() { shown = nil }

    /// Writes the lines that have changed. False when the terminal is gone.
    mutating func draw(_ lines: [String]) -> Bool {
        var text = ""
        let old = shown ?? []
        if shown == nil { text += "\u{1B}[0m\u{1B}[2J" }
        for (row, line) in lines.enumerated() where row >= old.count || old[row] != line {
            // Cleared before: behind the last column there is nothing to clear, and the cursor stands on it.
            text += "\u{1B}[\(row + 1);1H\u{1B}[2K\(line)\u{1B}[0m"
        }
        // What is not whole is drawn anew.
        shown = nil
        guard put(text) else { return false }
        if !hasSignal { shown = lines }
        return true
    }

    /// Whether one has arrived that was not told yet.
    var hasSignal: Bool {
        var waiting = pollfd(fd: signals?.arrived ?? -1, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
    }

    /// Why `wait` has returned.
    struct Wakes {
        var signal: CInt?
        var hasInput = false
        var hasEvents = false
    }

    /// Sleeps until a signal or a key comes, `events` can be read, or the time is over.
    func wait(_ events: CInt, atMost milliseconds: Int32) -> Wakes {
        var waiting = [
            pollfd(fd: signals?.arrived ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: events, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&waiting, 3, milliseconds) > 0 else { return Wakes(signal: signals?.next()) }
        return Wakes(signal: signals?.next(), hasInput: waiting[1].revents != 0, hasEvents: waiting[2].revents != 0)
    }

    /// What was typed; empty when the terminal is gone, and at a signal.
    func typed() -> [UInt8] { TerminalKeys.typed(orUntil: signals?.arrived ?? -1, isWhole: TypedKeys.areMoves) }

    /// Writes as much at once as a terminal takes without making us wait, so that one that takes nothing (Ctrl-S, a connection that hangs)
    /// keeps nobody from ending us. Ends early at a signal.
    private func put(_ text: String, patience: Int32 = -1) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            var waiting = [
                pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: patience < 0 ? signals?.arrived ?? -1 : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&waiting, 2, patience)
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0, waiting[0].revents & Int16(POLLERR | POLLHUP | POLLNVAL) == 0 else { return false }
            if waiting[0].revents & Int16(POLLOUT) == 0 { return true }
            let count = rest.prefix(512).withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

import Glibc

/// A service's messages to people: one line each on standard error, `trustd: …`, perhaps with a remedy on a second line.
package struct ServiceMessages: Sendable {
    private let program: String
    /// The journal reads a severity at the beginning of a line (sd-daemon(3)); people need none.
    package let isJournal = SystemLog.ownsStandardError

    package init(of program: String) { self.program = program }

    package func write(_ message: String, hint: String? = nil, severity: SystemLog.Severity = .warning) {
        var text = "\(mark(severity))\(program): \(message)\n"
        if let hint { text += "\(mark(severity))\(program): hint: \(hint)\n" }
        // A pipe that nobody empties would block us for ever: what does not fit at once (PIPE_BUF) is dropped.
        var room = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&room, 1, 0) == 1, room.revents & Int16(POLLOUT) != 0 else { return }
        // One write for all, so that the lines of two programs do not mix. A failure cannot be reported anywhere.
        _ = Array(text.utf8.prefix(4_096)).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    package func write(_ note: Note) { write(note.message, hint: note.hint, severity: note.severity) }

    private func mark(_ severity: SystemLog.Severity) -> String { isJournal ? "<\(severity.rawValue)>" : "" }
}

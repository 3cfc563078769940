import Glibc
import TrustCore

/// What trustd says to people: one line each, `trustd: …` on standard error, perhaps with a remedy on a second one.
struct Voice {
    /// The journal reads a severity at the beginning of a line (sd-daemon(3)); people need none.
    private let marks = SystemLog.ownsStandardError

    func say(_ message: String, hint: String? = nil, severity: SystemLog.Severity = .warning) {
        var text = "\(mark(severity))trustd: \(message)\n"
        if let hint { text += "\(mark(severity))trustd: hint: \(hint)\n" }
        // A pipe that nobody empties would hold us up for ever: what does not fit at once (PIPE_BUF) is dropped.
        var room = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&room, 1, 0) == 1, room.revents & Int16(POLLOUT) != 0 else { return }
        // One write for all, so that two programs' lines do not mix; nobody is there to hear that it failed.
        _ = Array(text.utf8.prefix(4_096)).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    func say(_ note: Note) { say(note.message, hint: note.hint, severity: note.severity) }

    private func mark(_ severity: SystemLog.Severity) -> String { marks ? "<\(severity.rawValue)>" : "" }
}

/// Something to be said, by code that does not speak itself.
struct Note: Equatable {
    let message: String
    var hint: String?
    var severity = SystemLog.Severity.warning
}

/// Why trustd does not start.
struct StartFailure: Error {
    let note: Note
    let code: Int32

    /// EX_CONFIG: what is configured cannot work.
    static func unsound(_ message: String, hint: String? = nil) -> StartFailure {
        StartFailure(note: Note(message: message, hint: hint, severity: .error), code: 78)
    }

    /// EX_TEMPFAIL: another trustd does the work.
    static func busy(_ message: String, hint: String? = nil) -> StartFailure {
        StartFailure(note: Note(message: message, hint: hint, severity: .error), code: 75)
    }
}

import Glibc
import TrustCore

/// trustd's messages to people: one line each on standard error, `trustd: …`, perhaps with a remedy on a second line.
struct Messages {
    /// The journal reads a severity at the beginning of a line (sd-daemon(3)); people need none.
    private let isJournal = SystemLog.ownsStandardError

    func write(_ message: String, hint: String? = nil, severity: SystemLog.Severity = .warning) {
        var text = "\(mark(severity))trustd: \(message)\n"
        if let hint { text += "\(mark(severity))trustd: hint: \(hint)\n" }
        // A pipe that nobody empties would block us for ever: what does not fit at once (PIPE_BUF) is dropped.
        var room = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&room, 1, 0) == 1, room.revents & Int16(POLLOUT) != 0 else { return }
        // One write for all, so that the lines of two programs do not mix. A failure cannot be reported anywhere.
        _ = Array(text.utf8.prefix(4_096)).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    func write(_ note: Note) { write(note.message, hint: note.hint, severity: note.severity) }

    /// Reports that a fingerprint waits for a decision: in the journal with fields that programs can select by, else in one line.
    func announce(_ entry: PendingEntry) {
        let address = entry.addresses.last
        let message = "pending: \(entry.fingerprint)\(address.map { " from \($0)" } ?? "")"
        guard isJournal else { return write(message, severity: .notice) }
        var fields = [(name: "FINGERPRINT", value: "\(entry.fingerprint)")]
        if let address { fields.append((name: "ADDRESS", value: "\(address)")) }
        SystemLog.send(message, severity: .notice, facility: .daemon, identifier: "trustd", fields: fields)
    }

    private func mark(_ severity: SystemLog.Severity) -> String { isJournal ? "<\(severity.rawValue)>" : "" }
}

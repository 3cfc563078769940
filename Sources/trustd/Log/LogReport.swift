import Glibc
package import TrustCore

/// What there is to report of one log: counts, what blocks reading, and notes for the operator.
package struct LogReport {
    package var counts: LogCounts
    /// What blocks reading now; nil when nothing does.
    package private(set) var trouble: Trouble?
    package private(set) var notes: [Note] = []

    package enum Trouble: Equatable {
        case missing
        case unreadable(SystemError)

        /// In the words of the status.
        var description: String {
            switch self {
            case .missing: FollowerStatus.Log.missing
            case .unreadable(let error): error.told
            }
        }
    }

    init(counts: LogCounts) { self.counts = counts }

    mutating func note(_ message: String, hint: String? = nil, _ severity: SystemLog.Severity = .warning) {
        notes.append(Note(message: message, hint: hint, severity: severity))
    }

    /// Lines may have been lost.
    mutating func gap(_ message: String, hint: String? = nil, _ severity: SystemLog.Severity = .error) {
        counts.gaps += 1
        note(message, hint: hint, severity)
    }

    /// `error` blocks the reading of `log`. Noted once for as long as it lasts.
    mutating func blocked(_ log: LogNames, by error: SystemError) {
        let trouble = error.isMissing ? Trouble.missing : .unreadable(error)
        guard self.trouble != trouble else { return }
        self.trouble = trouble
        switch trouble {
        case .missing: note("\(log.pattern) is not there", hint: "it will be read as soon as it exists")
        case .unreadable: note("the log cannot be read: \(trouble.description)", hint: error.remedy, .error)
        }
    }

    mutating func recovered(_ log: LogNames) {
        guard trouble != nil else { return }
        trouble = nil
        note("\(log.pattern) can be read again", .information)
    }

    /// The notes, which are then forgotten.
    package mutating func takeNotes() -> [Note] {
        defer { notes = [] }
        return notes
    }
}

extension SystemError {
    /// Whether it is that a log is a folder, a FIFO, a socket or a device.
    var isNotAFile: Bool { code == EISDIR || code == EINVAL }

    /// The same, told of a log.
    package var told: String { isNotAFile ? "\(path) \(FollowerStatus.Log.notAFile)" : description }

    /// What an operator can do about a log that cannot be read for this reason.
    package var remedy: String {
        switch code {
        case EISDIR: "name Exim's main log in that folder: log = \(path)/mainlog"
        case EINVAL: "it keeps nothing that could be read again: let Exim or syslog write to a file, and name that in trustd.conf"
        case EACCES, EPERM: "let the user that trustd runs as read it"
        case ELOOP: "it is a symbolic link that leads to itself"
        default: "it is tried again, and nothing is lost as long as the log is kept"
        }
    }
}

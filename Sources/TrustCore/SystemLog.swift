import Glibc

/// The machine's log: the journal with its structured fields where there is one, else syslog(3).
package enum SystemLog {
    /// syslog's severities that we use.
    package enum Severity: CInt, Sendable {
        case error = 3
        case warning = 4
        case notice = 5
        case information = 6
    }

    /// syslog's facilities that we use.
    package enum Facility: CInt, Sendable {
        case daemon = 3
        case auth = 4
    }

    private static let journalSocket = "/run/systemd/journal/socket"

    /// Whether standard error is a stream of the journal's, as the service manager sets it up (`JOURNAL_STREAM`, systemd.exec(5)).
    package static var ownsStandardError: Bool {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
        var status = stat()
        return fstat(STDERR_FILENO, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// Sends one record: a message and `fields`. Field names consist of upper-case letters and `_`; values may hold anything.
    ///
    /// A failure stops nothing.
    package static func send(
        _ message: String, severity: Severity, facility: Facility, identifier: String, fields: [(name: String, value: String)]
    ) {
        if access(journalSocket, W_OK) == 0 {
            let own = [
                (name: "MESSAGE", value: message), (name: "PRIORITY", value: "\(severity.rawValue)"),
                (name: "SYSLOG_FACILITY", value: "\(facility.rawValue)"), (name: "SYSLOG_IDENTIFIER", value: identifier),
                (name: "SYSLOG_PID", value: "\(getpid())"),
            ]
            journal(own + fields)
        } else {
            identifier.withCString { name in
                openlog(name, LOG_PID, facility.rawValue << 3)
                message.withCString { text in
                    withVaList([text]) { vsyslog(severity.rawValue | facility.rawValue << 3, "%s", $0) }
                }
                closelog()
            }
        }
    }

    /// systemd's native journal protocol: `NAME=value` lines; a value with a line end stands behind its name and its length instead.
    private static func journal(_ fields: [(name: String, value: String)]) {
        var record: [UInt8] = []
        for (name, value) in fields {
            record += name.utf8
            if value.utf8.contains(0x0A) {
                record.append(0x0A)
                withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { record += $0 }
            } else {
                record.append(UInt8(ascii: "="))
            }
            record += value.utf8
            record.append(0x0A)
        }
        LocalDatagram.send(record, to: journalSocket)
    }
}

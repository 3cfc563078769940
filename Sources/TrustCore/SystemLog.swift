import CSystemd
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
    /// libsystemd reports success even when nobody listens, so the socket is looked at first. A failure stops nothing.
    package static func send(
        _ message: String, severity: Severity, facility: Facility, identifier: String, fields: [(name: String, value: String)]
    ) {
        if access(journalSocket, W_OK) == 0 {
            var all = [
                ("MESSAGE", message), ("PRIORITY", "\(severity.rawValue)"), ("SYSLOG_FACILITY", "\(facility.rawValue)"),
                ("SYSLOG_IDENTIFIER", identifier), ("SYSLOG_PID", "\(getpid())"),
            ]
            all += fields.map { ($0.name, $0.value) }
            journal(all.map { Array("\($0.0)=\($0.1)".utf8) })
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

    private static func journal(_ fields: [[UInt8]]) {
        // One buffer, so that the addresses of all fields stay valid during the call.
        let bytes = fields.flatMap { $0 }
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            var offset = 0
            let vectors = fields.map { field in
                defer { offset += field.count }
                return iovec(iov_base: UnsafeMutableRawPointer(mutating: base + offset), iov_len: field.count)
            }
            _ = sd_journal_sendv(vectors, CInt(vectors.count))
        }
    }
}

import Glibc
import TrustCore

/// When `position/status` is to be replaced: when something has changed, and at most once a second.
struct StatusFile {
    private let since = Timestamp.now
    private var lastError: FollowerStatus.Mishap?
    private var written: FollowerStatus?
    private var lastLook: Duration?

    mutating func isDue(now: Duration) -> Bool {
        guard lastLook.map({ now - $0 >= Schedule.interval }) ?? true else { return false }
        lastLook = now
        return true
    }

    /// What is to be written; nil when the file has it already.
    mutating func next(_ logs: [FollowerStatus.Log], pending: Int, refused: [String: UInt64], now: Timestamp) -> FollowerStatus? {
        var status = FollowerStatus(process: Int(getpid()), since: since, updated: now, pending: UInt64(pending))
        (status.refused, status.lastError, status.logs) = (refused, lastError, logs)
        if let written, written.timeless == status.timeless { return nil }
        written = status
        return status
    }

    /// Keeps the text of an error.
    mutating func keep(_ note: Note) { if note.severity == .error { failed(note.message) } }

    mutating func failed(_ text: String) { lastError = FollowerStatus.Mishap(time: .now, text: text) }
}

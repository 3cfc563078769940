import PendingEntries
import TrustCore

/// Tells people, the service manager and `position/status` what trustd does and what went wrong. Nothing depends on being heard.
struct Reporter {
    private let messages = Messages()
    private var notifier = ServiceNotifier()
    private var statusFile = StatusFile()
    private var lastStatus: Duration?

    func ready() { notifier.ready() }

    mutating func alive(now: Duration) { notifier.alive(now: now) }

    /// When the service manager expects the next sign of life.
    var due: Duration? { notifier.due }

    func write(_ note: Note) { messages.write(note) }

    mutating func report(_ notes: [Note]) {
        for note in notes {
            messages.write(note)
            statusFile.keep(note)
        }
    }

    func announce(_ entries: [PendingEntry]) { for entry in entries { messages.announce(entry) } }

    /// Nothing can be written, and so nothing is read. `isNews`: this was not reported yet.
    mutating func blocked(by error: SystemError, isNews: Bool) {
        statusFile.failed(error.description)
        guard isNews else { return }
        let hint = "nothing is lost: the log still holds it"
        messages.write("\(error): nothing is read until it can be written", hint: hint, severity: .error)
    }

    /// Whether the service manager's line is to be made anew: at most once a second.
    mutating func isLineDue(now: Duration) -> Bool {
        guard lastStatus.map({ now - $0 >= Schedule.interval }) ?? true else { return false }
        lastStatus = now
        return true
    }

    mutating func line(_ logs: borrowing FollowedLogs, _ queue: borrowing PendingQueue, _ obstacle: SystemError?) {
        let refused = queue.refusals.saved.values.reduce(0, +)
        var parts = logs.summaries + ["\(queue.count) pending"]
        if refused > 0 { parts.append("\(refused) refused") }
        parts += queue.unreadable.values.map { "\($0)" }.sorted()
        if let obstacle { parts.append("\(obstacle)") }
        notifier.status(parts.joined(separator: "; "))
    }

    mutating func isStatusDue(now: Duration) -> Bool { statusFile.isDue(now: now) }

    /// The status to write; nil when the file has it already.
    mutating func status(_ logs: borrowing FollowedLogs, _ queue: borrowing PendingQueue) -> FollowerStatus? {
        let now = Timestamp.now
        return statusFile.next(logs.status(now: now), pending: queue.count, refused: queue.refusals.saved, now: now)
    }
}

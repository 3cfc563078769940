import TrustCore

/// Which line about a rejected RCPT belongs to which attempt: the recipe's line says no address, the one after it does.
///
/// Interleaved connections must not lend each other an address, so it lends only when nothing else is possible: both lines bear the same
/// pid and nothing of that process stands between them; or neither bears one, the rejection is the very next line, the time stamps are the
/// same text, and nobody without pid may still wait for a rejection. What is lent is "observed", and no limit counts it.
struct Neighbours {
    /// Processes remembered at a time.
    static let maximumProcesses = 64
    /// Lines after which nobody without pid waits any more.
    static let patience = 1_000
    /// Lines behind an attempt with a pid in which its rejection is looked for: Exim writes both at once, and only other processes' lines
    /// come between. All of them are read, so that none of the same process between the two is overlooked.
    static let window = 64
    /// Seconds after which nobody without pid waits any more: Exim writes both lines at once.
    static let calm: Int64 = 5
    /// Seconds for which a pid is surely the same process.
    static let samePid: Int64 = 600

    enum Loan: Equatable {
        case lends(Fingerprint)
        /// What was lent a moment ago may be another's: a second rejection came after one attempt.
        case withdrawn(Fingerprint)
    }

    private struct Waiting {
        let fingerprint: Fingerprint
        let line: Int
        var time: Timestamp?
    }

    private var waiting: [LogProcess: Waiting] = [:]
    /// Since then somebody without pid may wait for a rejection: nobody is lent anything.
    private var blocked: (line: Int, time: Timestamp?)?
    /// The line before this one, when it is an attempt without pid that may be lent to.
    private var previous: (waiting: Waiting, stamp: ArraySlice<UInt8>)?
    /// The latest loan without pid, as long as it may turn out to be another's.
    private var lent: Waiting?
    private var line = 0

    /// `afterGap`: lines before the first one were not seen, and an attempt may be among them.
    init(afterGap: Bool = false) { blocked = afterGap ? (0, nil) : nil }

    /// Which lines matter now, beside attempts. While nobody is lent anything none does: its end is a time, which the next attempt tells.
    var interest: LineSearch.Interest {
        if !waiting.isEmpty || previous != nil { return .everyLine }
        if let blocked, blocked.time == nil { return .everyLine }
        return lent == nil ? .phrase : .rejections
    }

    /// `lends` is false for an attempt that bears its own address; its rejection comes all the same.
    mutating func attempt(_ fingerprint: Fingerprint, lends: Bool, process: LogProcess?, stamp: ArraySlice<UInt8>, time: Timestamp?) {
        if let before = advance(to: time) { block(before.waiting.time) }
        let one = Waiting(fingerprint: fingerprint, line: line, time: time)
        if let process {
            waiting[process] = nil
            guard lends else { return }
            if waiting.count == Self.maximumProcesses, let oldest = waiting.min(by: { $0.value.line < $1.value.line })?.key {
                waiting[oldest] = nil
            }
            waiting[process] = one
        } else if lends, blocked == nil, !stamp.isEmpty, lent.map({ $0.fingerprint == fingerprint }) ?? true {
            previous = (one, ArraySlice(Array(stamp)))
        } else {
            block(time)
        }
    }

    /// Whom the rejection's facts belong to.
    mutating func rejection(process: LogProcess?, stamp: ArraySlice<UInt8>, time: Timestamp?) -> Loan? {
        let before = advance(to: time)
        if let process {
            if let before { block(before.waiting.time) }
            guard let one = waiting.removeValue(forKey: process), line - one.line <= Self.window, let then = one.time, let time,
                abs(time.seconds - then.seconds) <= Self.samePid
            else { return nil }
            return .lends(one.fingerprint)
        }
        if let before, before.stamp == stamp {
            lent = before.waiting
            return .lends(before.waiting.fingerprint)
        }
        if let before { block(before.waiting.time) }
        guard let doubtful = lent else { return nil }
        lent = nil
        block(time)
        return .withdrawn(doubtful.fingerprint)
    }

    /// Any other line.
    mutating func other(process: LogProcess?, time: Timestamp?) {
        if let before = advance(to: time) { block(before.waiting.time) }
        if let process { waiting[process] = nil }
    }

    private mutating func block(_ time: Timestamp?) { blocked = (line, time) }

    /// One line on; the attempt without pid that was the line before.
    private mutating func advance(to time: Timestamp?) -> (waiting: Waiting, stamp: ArraySlice<UInt8>)? {
        line += 1
        defer { previous = nil }
        // The first time after a gap is the time of the gap.
        if let since = blocked, since.time == nil { blocked = (since.line, time) }
        if let since = blocked, isOver(since.line, since.time, now: time) { blocked = nil }
        if let since = lent, isOver(since.line, since.time, now: time) { lent = nil }
        if line % 32 == 0, !waiting.isEmpty { waiting = waiting.filter { line - $0.value.line <= Self.window } }
        return previous
    }

    private func isOver(_ since: Int, _ then: Timestamp?, now: Timestamp?) -> Bool {
        if line - since > Self.patience { return true }
        guard let then, let now else { return false }
        return now.seconds - then.seconds >= Self.calm
    }
}

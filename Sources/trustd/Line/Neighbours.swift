import TrustCore

/// Matches a line about a rejected RCPT with the attempt before it: the recipe's line has no address, and the rejection has one.
///
/// Interleaved connections must not lend each other an address. Facts are lent only when no other match is possible: both lines have the
/// same pid and no line of that process stands between them; or neither has a pid, the rejection is the very next line, the time stamps are
/// the same text, and no other attempt without a pid may still be waiting for its rejection. What is lent is "observed", and no limit
/// counts it.
struct Neighbours {
    /// How many processes are remembered at a time.
    static let maximumProcesses = 64
    /// Lines after which no attempt without a pid is waiting any more.
    static let patience = 1_000
    /// Lines behind an attempt with a pid in which its rejection is expected: Exim writes both at once, and only lines of other processes
    /// come between. All of them are read, so that no line of the same process is overlooked.
    static let window = 64
    /// Seconds after which no attempt without a pid is waiting any more: Exim writes both lines at once.
    static let calm: Int64 = 5
    /// Seconds in which a pid is certainly not given to another process.
    static let samePid: Int64 = 600

    enum Loan: Equatable {
        case lends(Fingerprint)
        /// A second rejection followed one attempt, so what was lent a moment ago may belong to another client.
        case withdrawn(Fingerprint)
    }

    private struct Waiting {
        let fingerprint: Fingerprint
        let line: Int
        var time: Timestamp?
    }

    private var waiting: [LinePrefix.Process: Waiting] = [:]
    /// Since then an attempt without a pid may be waiting for its rejection, and nothing is lent without a pid.
    private var blocked: (line: Int, time: Timestamp?)?
    /// The line before this one, when it is an attempt without a pid that may be lent facts.
    private var previous: (waiting: Waiting, stamp: ArraySlice<UInt8>)?
    /// The latest attempt that was lent facts without a pid, as long as they may turn out to be another client's.
    private var lent: Waiting?
    private var line = 0

    /// `afterGap`: lines before the first one are missing, and an attempt may be among them.
    init(afterGap: Bool = false) { blocked = afterGap ? (0, nil) : nil }

    /// Which lines matter now beside attempts. While nothing is lent no line does: that state ends by time, and the next attempt has a time.
    var interest: LineSearch.Interest {
        if !waiting.isEmpty || previous != nil { return .everyLine }
        if let blocked, blocked.time == nil { return .everyLine }
        return lent == nil ? .phrase : .rejections
    }

    /// An attempt. `lends` is false when it has its own address; its rejection follows all the same.
    mutating func attempt(_ fingerprint: Fingerprint, lends: Bool, process: LinePrefix.Process?, stamp: ArraySlice<UInt8>, time: Timestamp?)
    {
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

    /// A rejection, and the attempt to which its facts belong.
    mutating func rejection(process: LinePrefix.Process?, stamp: ArraySlice<UInt8>, time: Timestamp?) -> Loan? {
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
    mutating func other(process: LinePrefix.Process?, time: Timestamp?) {
        if let before = advance(to: time) { block(before.waiting.time) }
        if let process { waiting[process] = nil }
    }

    private mutating func block(_ time: Timestamp?) { blocked = (line, time) }

    /// Goes one line on, and returns the attempt without a pid that was the line before.
    private mutating func advance(to time: Timestamp?) -> (waiting: Waiting, stamp: ArraySlice<UInt8>)? {
        line += 1
        defer { previous = nil }
        // A gap has no time of its own: it gets that of the first line behind it.
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

import TrustCore

/// Matches a line about a rejected RCPT with the attempt before it: the recipe's line has no address, and the rejection has one.
///
/// Facts are lent when both lines have the same pid and no line of that process stands between them. Without pids (`Crowd`) they are lent
/// when nothing stands between the two lines and the time stamps are the same text. What is lent is "observed", and no limit counts it.
struct Neighbours {
    /// How many processes are remembered at a time.
    static let maximumProcesses = 64
    /// Lines behind an attempt with a pid in which its rejection is expected: Exim writes both at once, and only lines of other processes
    /// come between. All of them are read, so that no line of the same process is overlooked.
    static let window = 64
    /// Seconds in which a pid is certainly not given to another process.
    static let samePid: Int64 = 600

    typealias Loan = LineReader.Observed

    private struct Waiting {
        let fingerprint: Fingerprint
        let line: Int
        var time: Timestamp?
    }

    private var waiting: [LinePrefix.Process: Waiting] = [:]
    private var crowd = Crowd()
    private var line = 0

    /// Which lines matter now beside attempts.
    var interest: LineSearch.Interest {
        if !waiting.isEmpty || crowd.wantsNextLine { return .everyLine }
        return crowd.isEmpty ? .phrase : .rejections
    }

    /// Whether a line that is still to come may tell more about an attempt: Exim writes it at once.
    var isAwaiting: Bool { !waiting.isEmpty || crowd.isAwaiting }

    /// An attempt. `lends` is false when it has its own address; its rejection follows all the same.
    mutating func attempt(_ fingerprint: Fingerprint, lends: Bool, process: LinePrefix.Process?, stamp: ArraySlice<UInt8>, time: Timestamp?)
    {
        advance(to: time)
        guard let process else { return crowd.attempt(fingerprint, lends: lends, stamp: stamp, time: time) }
        crowd.other()
        waiting[process] = nil
        guard lends else { return }
        if waiting.count == Self.maximumProcesses, let oldest = waiting.min(by: { $0.value.line < $1.value.line })?.key {
            waiting[oldest] = nil
        }
        waiting[process] = Waiting(fingerprint: fingerprint, line: line, time: time)
    }

    /// A rejection with these facts; nil when it is one that cannot be read. Returns to which attempts what is lent now.
    mutating func rejection(
        _ facts: PendingEntry.Observation?, process: LinePrefix.Process?, stamp: ArraySlice<UInt8>, time: Timestamp?
    ) -> [Loan] {
        advance(to: time)
        guard let process else { return crowd.rejection(facts, stamp: stamp, time: time) }
        crowd.other()
        guard let one = waiting.removeValue(forKey: process), let facts, line - one.line <= Self.window, let then = one.time, let time,
            abs(time.seconds - then.seconds) <= Self.samePid
        else { return [] }
        return [Loan(fingerprint: one.fingerprint, facts: facts)]
    }

    /// Any other line.
    mutating func other(process: LinePrefix.Process?, time: Timestamp?) {
        advance(to: time)
        crowd.other()
        if let process { waiting[process] = nil }
    }

    /// Goes one line on.
    private mutating func advance(to time: Timestamp?) {
        line += 1
        crowd.advance(to: time)
        if line % 32 == 0, !waiting.isEmpty { waiting = waiting.filter { line - $0.value.line <= Self.window } }
    }
}

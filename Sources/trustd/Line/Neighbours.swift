import TrustCore

/// Which line about a rejected RCPT belongs to which attempt: the recipe's line says no address, the one after it does.
///
/// Interleaved connections must not lend each other an address, so it lends only when nothing else is possible: both lines bear the same
/// pid and nothing of that process stands between them; or neither bears one, the rejection is the very next line, the time stamps are the
/// same text, and no earlier attempt without pid still waits for its own rejection. What is lent is "observed", and no limit counts it.
struct Neighbours {
    /// Processes remembered at a time.
    static let maximumProcesses = 64
    /// Lines after which nobody waits any more.
    static let patience = 1_000

    private struct Waiting {
        let fingerprint: Fingerprint
        let line: Int
    }

    private var waiting: [LogProcess: Waiting] = [:]
    /// Of attempts without pid whose rejection has not come: the line of the latest, and how many.
    private var open = 0
    private var openLine = 0
    /// The line before this one, when it is an attempt without pid that may be lent to.
    private var previous: (fingerprint: Fingerprint, stamp: ArraySlice<UInt8>)?
    private var line = 0

    /// `afterGap`: lines before the first one were not seen, and an attempt may be among them.
    init(afterGap: Bool = false) { open = afterGap ? 1 : 0 }

    /// Whether every line matters now.
    var isWaiting: Bool { !waiting.isEmpty || open > 0 }

    /// `lends` is false for an attempt that bears its own address; its rejection comes all the same.
    mutating func attempt(_ fingerprint: Fingerprint, lends: Bool, process: LogProcess?, stamp: ArraySlice<UInt8>) {
        advance()
        if let process {
            waiting[process] = nil
            guard lends else { return }
            if waiting.count == Self.maximumProcesses, let oldest = waiting.min(by: { $0.value.line < $1.value.line })?.key {
                waiting[oldest] = nil
            }
            waiting[process] = Waiting(fingerprint: fingerprint, line: line)
        } else {
            if lends, open == 0, !stamp.isEmpty { previous = (fingerprint, ArraySlice(Array(stamp))) }
            open += 1
            openLine = line
        }
    }

    /// The fingerprint that the rejection's facts belong to.
    mutating func rejection(process: LogProcess?, stamp: ArraySlice<UInt8>) -> Fingerprint? {
        let before = previous
        advance()
        if let process { return waiting.removeValue(forKey: process)?.fingerprint }
        if open > 0 { open -= 1 }
        return before?.stamp == stamp ? before?.fingerprint : nil
    }

    /// Any other line.
    mutating func other(process: LogProcess?) {
        advance()
        if let process { waiting[process] = nil }
    }

    private mutating func advance() {
        line += 1
        previous = nil
        if line - openLine > Self.patience { open = 0 }
        if line % 64 == 0 { waiting = waiting.filter { line - $0.value.line <= Self.patience } }
    }
}

import TrustCore

/// How many lines a second trustd reads, by the counts that it reports. Pure.
struct LineRate {
    /// What is older tells nothing about now.
    static let window: Duration = .seconds(10)

    private var counts: [(lines: UInt64, at: Duration)] = []

    /// A count, as it was found at this moment.
    mutating func take(_ lines: UInt64, at now: Duration) {
        // A state that was made anew counts from the beginning.
        if let last = counts.last, lines < last.lines { counts = [] }
        if counts.last?.lines != lines || counts.isEmpty { counts.append((lines, now)) }
        // One from before the window stays: what came behind it came within.
        while counts.count > 1, now - counts[1].at >= Self.window { counts.removeFirst() }
    }

    /// Nil as long as nothing is known.
    func perSecond(at now: Duration) -> Double? {
        guard let last = counts.last else { return nil }
        guard let first = counts.first, first.lines < last.lines, now - last.at < Self.window else { return 0 }
        let since = max(first.at, now - Self.window)
        let seconds = max(now - since, .seconds(1)) / .seconds(1)
        return Double(last.lines - first.lines) / seconds
    }

    /// When it becomes zero by itself; nil when it is.
    func change(after now: Duration) -> Duration? {
        guard let last = counts.last, perSecond(at: now) ?? 0 > 0 else { return nil }
        return last.at + Self.window
    }
}

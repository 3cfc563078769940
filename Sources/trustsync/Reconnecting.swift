/// When to connect again. A failover throws out all relays at once: they do not come back in the same moment.
struct Reconnecting {
    /// After a login that the server refuses, or a database that is another fleet's: somebody has to mend it.
    static let afterRefusal: Duration = .seconds(300)
    private static let longest = 30.0

    private var failures = 0

    /// A session that has worked.
    mutating func succeeded() { failures = 0 }

    /// `random` is from 0 to 1: at first up to 2 s, then twice as much each time, up to 30 s.
    mutating func pause(random: Double) -> Duration {
        failures = min(failures + 1, 10)
        let longest = min(Self.longest, 2 * Double(1 << (failures - 1)))
        return .milliseconds(Int64(longest * random * 1_000))
    }
}

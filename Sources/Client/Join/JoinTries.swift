import TrustCore

/// When a client that was invited asks its relay again.
///
/// Each time the relay refuses, it logs a rejected recipient, and fail2ban bans an address at the fifth in ten minutes. So there are at most
/// three in ten minutes: at once, when a relay whose operator waits has admitted it, and when a timer there has.
package struct JoinTries {
    package static let most = 3
    static let window = Duration.seconds(600)
    static let pauses: [Duration] = [.seconds(3), .seconds(37)]
    /// The longest time for which nobody listens at a relay that was just there: it lets somebody in, and its Exim reads the list.
    static let reload = Duration.seconds(10)
    static let pauseWithoutAnswer = Duration.seconds(2)

    /// When they were made, by `Clock.monotonic`.
    private var made: [Duration] = []
    private let end: Duration
    /// Since when the relay has not answered.
    private var gone: Duration?

    package init(until end: Duration) { self.end = end }

    /// When the next one may be made; nil when that is too late.
    package mutating func next(after now: Duration) -> Duration? {
        gone = nil
        made.append(now)
        var next = now + (made.count <= Self.pauses.count ? Self.pauses[made.count - 1] : Self.pauses[Self.pauses.count - 1])
        if made.count >= Self.most { next = max(next, made[made.count - Self.most] + Self.window) }
        return next <= end ? next : nil
    }

    /// When the next one may be made after one that reached nobody, and that nobody has logged; nil when the relay is gone for longer than a
    /// reload takes.
    package mutating func nextWithoutAnswer(after now: Duration) -> Duration? {
        let since = gone ?? now
        gone = since
        return now - since < Self.reload ? now + Self.pauseWithoutAnswer : nil
    }
}

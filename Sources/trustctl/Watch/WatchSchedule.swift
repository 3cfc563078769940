import TrustCore

/// When `trustctl watch` looks again, by `Clock.monotonic`. A pure value.
///
/// The attack: who has taken trustd over writes into its folders without end. A look then costs at most a tenth of the time.
struct WatchSchedule {
    /// Between two paintings of the ages, when nothing else happens.
    static let tick: Duration = .seconds(60)
    /// What belongs together comes within this time.
    static let gathering: Duration = .milliseconds(20)
    /// Between two looks at the follower.
    static let leastGlance: Duration = .milliseconds(250)

    private var lookDue: Duration?
    private var glanceDue: Duration?
    private var restsUntil: Duration = .zero
    private var lastGlance: Duration?
    private var nextTick: Duration

    init(now: Duration) { nextTick = now + Self.tick }

    /// Something about the certificates has changed.
    mutating func changed(at now: Duration) { lookDue = lookDue ?? max(now + Self.gathering, restsUntil) }

    /// We have changed something ourselves: it must be seen at once.
    mutating func mustLook(at now: Duration) { lookDue = now }

    /// The follower has reported.
    mutating func reported(at now: Duration) {
        wake(at: max(now, lastGlance.map { $0 + Self.leastGlance } ?? now))
    }

    /// What is shown of the follower changes by itself at this moment.
    mutating func wake(at moment: Duration?) {
        guard let moment else { return }
        glanceDue = min(glanceDue ?? moment, moment)
    }

    func isLookDue(at now: Duration) -> Bool { lookDue.map { $0 <= now } ?? false }
    func isGlanceDue(at now: Duration) -> Bool { glanceDue.map { $0 <= now } ?? false }

    mutating func looked(from start: Duration, to end: Duration) {
        lookDue = nil
        restsUntil = end + (end - start) * 9
    }

    mutating func glanced(at now: Duration) {
        glanceDue = nil
        lastGlance = now
    }

    /// Whether the ages are to be painted anew.
    mutating func isTickDue(at now: Duration) -> Bool {
        guard nextTick <= now else { return false }
        nextTick = now + Self.tick
        return true
    }

    /// How long to sleep when nothing happens.
    func pause(at now: Duration) -> Duration {
        max(.zero, [lookDue, glanceDue, nextTick].compactMap { $0 }.reduce(nextTick, min) - now)
    }
}

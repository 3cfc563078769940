import TrustCore

/// Tells once that something is waited for, when that takes longer than a second.
package struct SlowWait {
    private let start = Clock.monotonic
    private let tell: () -> Void
    private var hasTold = false

    package init(_ tell: @escaping () -> Void) { self.tell = tell }

    package var waited: Duration { Clock.monotonic - start }

    /// How long the waiter may sleep before it looks again.
    var pause: Duration { hasTold ? .seconds(60) : .seconds(1) }

    /// To be called in each round of the wait.
    package mutating func look() {
        guard !hasTold, waited > .seconds(1) else { return }
        hasTold = true
        tell()
    }
}

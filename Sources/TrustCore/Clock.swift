import Glibc

/// The kernel's clocks, each as the time since a fixed moment.
package enum Clock {
    /// Since some moment before the start of the program; nobody sets this clock, and it stands still while the machine is suspended.
    /// For deadlines and intervals.
    package static var monotonic: Duration { reading(CLOCK_MONOTONIC) }

    /// Since the start of the machine, suspended time included; nobody sets this clock either. The kernel dates the start of a process by
    /// it (proc(5), starttime).
    package static var boot: Duration { reading(CLOCK_BOOTTIME) }

    /// Since 1970-01-01 UTC, by the date that the machine has now. It may be set at any time. `Timestamp.now` is the same in whole seconds.
    package static var wall: Duration { reading(CLOCK_REALTIME) }

    private static func reading(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

extension Duration {
    /// For poll(2) and its like: whole milliseconds, rounded up so that nobody wakes before the time; 0 for a time that is over.
    package var milliseconds: Int32 {
        let (seconds, attoseconds) = max(self, .zero).components
        let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: min(seconds, Int64(Int32.max)) * 1_000 + part)
    }
}

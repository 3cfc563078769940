import Glibc

/// Seconds on a clock that only goes forward and stands still while the machine sleeps: for deadlines.
package enum Monotonic {
    package static var now: Double {
        var moment = timespec()
        clock_gettime(CLOCK_MONOTONIC, &moment)
        return Double(moment.tv_sec) + Double(moment.tv_nsec) / 1e9
    }
}

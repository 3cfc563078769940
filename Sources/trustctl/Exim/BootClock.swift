import Glibc
import TrustCore

/// Seconds since the machine's start, suspended time included: the kernel's measure for when a process began (proc(5), starttime). Nobody
/// sets this clock, so two moments of it are in order whatever becomes of the date.
enum BootClock {
    static var now: Double { reading(CLOCK_BOOTTIME) }

    /// When the whole second that the date `time` names was over. It is measured by the date of now: where the clock was set forward since,
    /// what began shortly before `time` seems to have begun after it.
    static func end(of time: Timestamp) -> Double { Double(time.seconds) + 1 - (reading(CLOCK_REALTIME) - now) }

    private static func reading(_ clock: CInt) -> Double {
        var moment = timespec()
        clock_gettime(clock, &moment)
        return Double(moment.tv_sec) + Double(moment.tv_nsec) / 1e9
    }
}

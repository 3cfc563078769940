import Glibc
package import TrustCore

/// Seconds since the machine's start, suspended time included: the kernel's measure for when a process began (proc(5), starttime). Nobody
/// sets this clock, so two moments of it are in order whatever becomes of the date.
package enum BootClock {
    package static var now: Double { reading(CLOCK_BOOTTIME) }

    /// The unit, in seconds, in which the kernel tells when a process began: it leaves off what is less.
    static let tick = 1 / Double(sysconf(CInt(_SC_CLK_TCK)))

    /// Returns when no process that begins from now on can seem to have begun at `moment`, which is now.
    package static func wait(past moment: Double) { usleep(UInt32((tick - moment.truncatingRemainder(dividingBy: tick)) * 1e6) + 1) }

    /// When the whole second that the date `time` names was over. It is measured by the date of now: where the clock was set forward since,
    /// what began shortly before `time` seems to have begun after it.
    package static func end(of time: Timestamp) -> Double { Double(time.seconds) + 1 - (reading(CLOCK_REALTIME) - now) }

    private static func reading(_ clock: CInt) -> Double {
        var moment = timespec()
        clock_gettime(clock, &moment)
        return Double(moment.tv_sec) + Double(moment.tv_nsec) / 1e9
    }
}

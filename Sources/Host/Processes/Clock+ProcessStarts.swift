import Glibc
package import TrustCore

/// `Clock.boot` as the kernel dates the start of a process by it (proc(5), starttime).
extension Clock {
    /// The unit of such a date: the kernel leaves off what is less.
    static let tick = Duration.seconds(1) / sysconf(CInt(_SC_CLK_TCK))

    /// Returns when no process that starts from now on can seem to have started at `moment`, which is now by `Clock.boot`.
    package static func waitForNextTick(after moment: Duration) {
        let sinceTick = Duration(
            secondsComponent: 0, attosecondsComponent: moment.components.attoseconds % tick.components.attoseconds)
        usleep(UInt32((tick - sinceTick) / .microseconds(1)) + 1)
    }

    /// What `Clock.boot` said when the second that `time` names was over. It is computed with the date that the machine has now: if the
    /// date was set forward since, a process that started shortly before `time` seems to have started after it.
    package static func boot(atEndOf time: Timestamp) -> Duration { .seconds(time.seconds + 1) - (wall - boot) }
}

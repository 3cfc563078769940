import Glibc
import Host
import TrustCore

/// Proof that an Exim daemon serves with a configuration that it read after a given moment.
///
/// After a HUP the pid and the start time stay the same, and another user can write the log. Only a daemon that was reloaded has a new
/// listening socket: Exim closes the old ones and executes itself anew (src/daemon.c).
struct ReloadProof {
    let process: ProcessFacts
    /// A pidfd: readable when the process has ended.
    let handle: CInt
    let program: EximProgram
    let progress: Progress

    /// How long a daemon may take to come back.
    static let patience = Duration.seconds(60)
    /// When it is given up, by `Clock.monotonic`.
    var deadline = Clock.monotonic + patience

    /// Returns when the process is Exim, listens on a socket that is not in `old`, and would hear the next HUP; the new sockets.
    @discardableResult
    func waitUntilItServes(beyond old: Set<UInt64>) throws(EximError) -> [Listener] {
        var wait = SlowWait { progress.wait("waiting for exim (process \(process.pid)) to read its configuration") }
        while true {
            var end = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            // The kernel wakes us when the process dies; nothing wakes us when it listens, so we poll.
            if poll(&end, 1, old.isEmpty ? 0 : 1) > 0 { throw .died(pid: process.pid) }
            if !process.sockets.subtracting(old).isEmpty, program.isRun(by: process), process.catchesHangup {
                let fresh = process.listeners.filter { !old.contains($0.inode) }
                if !fresh.isEmpty { return fresh }
            }
            wait.look()
            guard Clock.monotonic < deadline else {
                throw .notReloaded("exim (process \(process.pid)) did not come back within \(wait.waited.components.seconds) seconds")
            }
            if old.isEmpty { usleep(2_000) }
        }
    }
}

import CLinux
import Glibc
package import Host
package import TrustCore

/// A connection that one of Exim's processes serves. The process keeps the list with which it began until the connection ends.
package struct OpenConnection {
    package let process: ProcessFacts
    package let peer: Address
    /// The inode of its socket, unique on this host.
    package let inode: UInt64
    /// When the process began, by `Clock.boot`.
    package let began: Duration

    /// Whether the process has closed it. False where that cannot be seen, so that an open connection is never reported as ended.
    var isOver: Bool { process.readableSockets.map { !$0.values.contains(inode) } ?? false }

    /// Exim answers SIGTERM with 421 between two commands (src/smtp_in.c), and ends.
    func askToEnd() { withHandle { _ = clinux_pidfd_send_signal($0, SIGTERM) } }

    /// Shuts the socket down: while Exim receives a message over TLS, it only notes a signal (src/tls-gnu.c). Input that was not read yet is
    /// discarded too, or a client that has sent everything at once would still be served.
    ///
    /// The attack: a process of Exim's user holds, in its own network namespace, a connection with the addresses and ports of another one,
    /// say the administrator's ssh, so that root ends that. So the descriptor decides and no address: only a socket that this process holds,
    /// and could have shut down itself, is shut down.
    func cut() {
        withHandle { handle in
            for (descriptor, inode) in process.readableSockets ?? [:] where inode == self.inode {
                _ = clinux_cut(handle, descriptor, inode)
            }
        }
    }

    /// Does nothing when the process is not the one that was found: its number may have passed to another one.
    private func withHandle(_ body: (CInt) -> Void) {
        let handle = clinux_pidfd_open(process.pid)
        guard handle >= 0 else { return }
        defer { close(handle) }
        if process.began == began, !isOver { body(handle) }
    }
}

extension [OpenConnection] {
    /// How long the processes get to answer SIGTERM, and to notice that their socket was shut down.
    private static var courtesy: Duration { .seconds(1) }
    private static var patience: Duration { .seconds(5) }

    /// Ends them; returns those that are still open. All processes are asked, then all sockets are cut, so that we wait once for those that
    /// ignore the signal and not once for each connection: other decisions wait for the lock meanwhile.
    package func end() -> [OpenConnection] {
        for connection in self { connection.askToEnd() }
        let ignoring = left(after: Self.courtesy)
        for connection in ignoring { connection.cut() }
        return ignoring.left(after: Self.patience)
    }

    private func left(after patience: Duration) -> [OpenConnection] {
        let deadline = Clock.monotonic + patience
        var left = filter { !$0.isOver }
        while !left.isEmpty, Clock.monotonic < deadline {
            usleep(10_000)
            left = left.filter { !$0.isOver }
        }
        return left
    }
}

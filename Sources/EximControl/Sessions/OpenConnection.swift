import CLinux
import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// A connection that one of Exim's processes serves. It was accepted with the list of then, and keeps it until it ends.
package struct OpenConnection {
    package let process: ProcessFacts
    package let binary: FilePath
    package let peer: Address
    /// Of its socket, which no other socket of the machine has.
    package let inode: UInt64
    /// When the process began, by `Clock.boot`.
    package let began: Duration

    /// Whether the process has let go of it. False where that cannot be seen: what is not known to be over is not said to be.
    var isOver: Bool { process.readableSockets.map { !$0.values.contains(inode) } ?? false }

    /// Exim answers SIGTERM with 421 between two commands (src/smtp_in.c), and ends.
    func askToEnd() { withHandle { _ = clinux_pidfd_send_signal($0, SIGTERM) } }

    /// As when the network is cut: while it receives a message over TLS, Exim only notes the signal (src/tls-gnu.c). What came and was not
    /// read yet goes too, or a client that has said everything at once would still be served.
    ///
    /// The attack: a process of Exim's user holds, in a network of its own, a connection with the addresses and ports of somebody else's, of
    /// the administrator's ssh, and root ends that. So no address decides here but the descriptor: what is shut is what this process holds,
    /// and could have shut itself.
    func cut() {
        withHandle { handle in
            for (descriptor, inode) in process.readableSockets ?? [:] where inode == self.inode {
                _ = clinux_cut(handle, descriptor, inode)
            }
        }
    }

    /// Does nothing when the process is not the one that was seen: its number may be another's by now.
    private func withHandle(_ body: (CInt) -> Void) {
        let handle = clinux_pidfd_open(process.pid)
        guard handle >= 0 else { return }
        defer { close(handle) }
        if process.executable == binary, !isOver { body(handle) }
    }
}

extension [OpenConnection] {
    /// How long the processes may take to say goodbye, and to notice that there is nobody any more.
    private static var courtesy: Duration { .seconds(1) }
    private static var patience: Duration { .seconds(5) }

    /// Ends them and returns those that are not over. All are asked, then all are cut: what a process that does not listen costs is waited
    /// for once, and not once for each that a client has opened, while other decisions wait for the lock.
    package func end() -> [OpenConnection] {
        for connection in self { connection.askToEnd() }
        let deaf = left(after: Self.courtesy)
        for connection in deaf { connection.cut() }
        return deaf.left(after: Self.patience)
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

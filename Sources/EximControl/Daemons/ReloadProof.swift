import Glibc
import Host
import SystemPackage
import TrustCore

/// Proof that an Exim daemon serves with a configuration that it read after a given moment.
///
/// After a HUP the pid and the start time stay the same, and another user can write the log. Only a daemon that was reloaded has a new
/// listening socket: Exim closes the old ones and executes itself anew (src/daemon.c).
struct ReloadProof {
    let process: ProcessFacts
    /// A pidfd: readable when the process has ended.
    let handle: CInt
    let binary: FilePath
    let progress: Progress

    /// How long a daemon may take to come back.
    static let patience = Duration.seconds(60)

    /// Returns when the process is Exim, listens on a socket that is not in `old`, and would hear the next HUP; the new sockets.
    @discardableResult
    func waitUntilItServes(beyond old: Set<UInt64>) throws(EximError) -> [Listener] {
        let start = Clock.monotonic
        var isAnnounced = false
        while true {
            var end = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            // The kernel wakes us when the process dies; nothing wakes us when it listens, so we poll.
            if poll(&end, 1, old.isEmpty ? 0 : 1) > 0 { throw .died(pid: process.pid) }
            if !process.sockets.subtracting(old).isEmpty, process.executable == binary, process.catchesHangup {
                let fresh = process.listeners.filter { !old.contains($0.inode) }
                if !fresh.isEmpty { return fresh }
            }
            let waited = Clock.monotonic - start
            if waited > .seconds(1), !isAnnounced {
                progress.say("waiting for exim (process \(process.pid)) to read its configuration")
                isAnnounced = true
            }
            guard waited < Self.patience else {
                throw .notReloaded("exim (process \(process.pid)) did not come back within \(Self.patience.components.seconds) seconds")
            }
            if old.isEmpty { usleep(2_000) }
        }
    }

    /// Returns when one of the sockets answers a new client: then the daemon accepts connections.
    func greeting(of listeners: [Listener]) throws(EximError) {
        // We cannot connect into another network namespace; the new socket must do as a proof there.
        guard process.sharesOurNetwork else { return }
        let deadline = Clock.monotonic + Self.patience
        var sockets: [pollfd] = listeners.compactMap { listener in
            SocketAddress(listener).connect().map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        }
        defer { for socket in sockets where socket.fd >= 0 { close(socket.fd) } }
        let silence = Clock.monotonic + Self.courtesy
        var hasSpoken = false
        while Clock.monotonic < deadline {
            var end = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            if poll(&end, 1, 0) > 0 { throw .died(pid: process.pid) }
            // Where TLS comes first the client must speak. The server answers what is not TLS with an alert, or closes.
            if !hasSpoken, Clock.monotonic > silence {
                hasSpoken = true
                for socket in sockets where socket.fd >= 0 { Self.say(Self.quit, to: socket.fd) }
            }
            guard poll(&sockets, nfds_t(sockets.count), 100) > 0 else { continue }
            for index in sockets.indices where sockets[index].fd >= 0 && sockets[index].revents != 0 {
                let socket = sockets[index]
                var reply = [UInt8](repeating: 0, count: 512)
                let count = recv(socket.fd, &reply, reply.count, CInt(MSG_DONTWAIT))
                if count < 0 && (errno == EAGAIN || errno == EINTR) { continue }
                // A connection that is closed before we spoke may never have reached the new daemon; one that is closed afterwards has.
                if hasSpoken, count >= 0 { return }
                if count <= 0 {
                    close(socket.fd)
                    sockets[index].fd = -1
                    continue
                }
                // 220, or 421 or 554 from a relay that is busy: in each case the new daemon has answered.
                if count > 3, reply[..<3].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
                    Self.leave(socket.fd)
                    return
                }
            }
        }
        throw .notReloaded("exim (process \(process.pid)) listens but does not greet")
    }

    private static let quit = Array("QUIT\r\n".utf8)

    /// How long a server may take to greet before we speak.
    private static let courtesy = Duration.seconds(3)

    @discardableResult
    private static func say(_ text: [UInt8], to socket: CInt) -> Bool { send(socket, text, text.count, CInt(MSG_NOSIGNAL)) > 0 }

    /// Says QUIT, so that Exim does not log a lost connection.
    private static func leave(_ socket: CInt) {
        guard say(quit, to: socket) else { return }
        // Exim waits up to 200 ms for our end of the connection before it answers a QUIT (src/smtp_in.c).
        shutdown(socket, CInt(SHUT_WR))
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        if poll(&waiting, 1, 2_000) > 0 {
            var reply = [UInt8](repeating: 0, count: 512)
            recv(socket, &reply, reply.count, CInt(MSG_DONTWAIT))
        }
    }
}

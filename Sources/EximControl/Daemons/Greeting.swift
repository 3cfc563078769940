import Certificates
import Glibc
import Host
import TrustCore

/// Whether a daemon answers new clients on its sockets: then it accepts connections.
struct Greeting {
    let process: ProcessFacts
    /// A pidfd that is readable when the process has ended; nil where another process is to answer in its place.
    let handle: CInt?
    let progress: Progress
    /// The ports on which TLS comes first, as far as that is known; nil: on all.
    let tlsPorts: Set<UInt16>?

    /// How long a server may take to greet before TLS is tried with it.
    private static let courtesy = Duration.seconds(3)
    /// How long an attempt with TLS may take, and how long to wait before the next one.
    private static let patienceWithTLS = Duration.seconds(5)
    private static let pause = Duration.seconds(1)

    init(of process: ProcessFacts, handle: CInt?, tlsPorts: Set<UInt16>?, progress: Progress) {
        (self.process, self.handle, self.tlsPorts, self.progress) = (process, handle, tlsPorts, progress)
    }

    init(of process: ProcessFacts, handle: CInt?, by search: DaemonSearch, progress: Progress) {
        let tlsPorts = DaemonArguments(process.arguments).hasTLSFirst ? nil : search.settings.tlsPorts
        self.init(of: process, handle: handle, tlsPorts: tlsPorts, progress: progress)
    }

    /// Returns when one of `listeners` answers. We cannot connect into another network namespace; there the new socket must do as a proof.
    func wait(for listeners: [Listener], until deadline: Duration, sharesOurNetwork: Bool) throws(EximError) {
        guard sharesOurNetwork else { return }
        let start = Clock.monotonic
        let begunByTLS = listeners.filter { tlsPorts?.contains($0.port) ?? true }
        var sockets: [pollfd] = listeners.filter { !begunByTLS.contains($0) }.compactMap { listener in
            SocketAddress(listener).connect().map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        }
        defer { for socket in sockets where socket.fd >= 0 { close(socket.fd) } }
        var next = begunByTLS.isEmpty ? start + Self.courtesy : start
        var wait = SlowWait { progress.wait("waiting for exim (process \(process.pid)) to greet") }
        while Clock.monotonic < deadline {
            if hasEnded { throw .died(pid: process.pid) }
            if Clock.monotonic >= next {
                // Nothing but the server tells on which ports TLS comes first: an option, its command line, or a proxy before it.
                let silent = Clock.monotonic - start >= Self.courtesy
                let limit = min(deadline, Clock.monotonic + Self.patienceWithTLS)
                for listener in silent ? listeners : begunByTLS where Self.answersTLS(listener, until: limit) { return }
                next = Clock.monotonic + Self.pause
            }
            wait.look()
            if Self.hasReply(&sockets) { return }
        }
        throw .notReloaded("exim (process \(process.pid)) listens but does not greet")
    }

    private var hasEnded: Bool {
        guard let handle else { return false }
        var end = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        return poll(&end, 1, 0) > 0
    }

    /// Waits for at most 100 ms. Closes what has ended: it may never have reached the new daemon.
    private static func hasReply(_ sockets: inout [pollfd]) -> Bool {
        guard poll(&sockets, nfds_t(sockets.count), 100) > 0 else { return false }
        for index in sockets.indices where sockets[index].fd >= 0 && sockets[index].revents != 0 {
            let socket = sockets[index].fd
            var reply = [UInt8](repeating: 0, count: 512)
            let count = recv(socket, &reply, reply.count, CInt(MSG_DONTWAIT))
            if count < 0 && (errno == EAGAIN || errno == EINTR) { continue }
            if count <= 0 {
                close(socket)
                sockets[index].fd = -1
                continue
            }
            // 220, or 421 or 554 from a relay that is busy: in each case the new daemon has answered.
            if count > 3, reply[..<3].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
                leave(socket)
                return true
            }
        }
        return false
    }

    /// Whether the server does a TLS handshake, or refuses it in its own words: that too is an answer of the daemon.
    private static func answersTLS(_ listener: Listener, until deadline: Duration) -> Bool {
        guard let socket = SocketAddress(listener).connect() else { return false }
        defer { close(socket) }
        var dialogue = SMTPDialogue(over: socket, until: deadline)
        do {
            try dialogue.startTLS(showing: nil)
            _ = try dialogue.say()
            dialogue.leave()
            return true
        } catch {
            if case .tls(.failed) = error { return true }
            return dialogue.tls != nil
        }
    }

    /// Says QUIT, so that Exim does not log a lost connection.
    private static func leave(_ socket: CInt) {
        let quit = Array("QUIT\r\n".utf8)
        guard send(socket, quit, quit.count, CInt(MSG_NOSIGNAL)) > 0 else { return }
        // Exim waits up to 200 ms for our end of the connection before it answers a QUIT (src/smtp_in.c).
        shutdown(socket, CInt(SHUT_WR))
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        if poll(&waiting, 1, 2_000) > 0 {
            var reply = [UInt8](repeating: 0, count: 512)
            recv(socket, &reply, reply.count, CInt(MSG_DONTWAIT))
        }
    }
}

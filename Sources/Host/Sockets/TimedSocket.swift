import Glibc
import SystemPackage
import TrustCore

/// A connected socket whose calls never block beyond a deadline. It does not close the descriptor.
package struct TimedSocket {
    package let descriptor: CInt
    /// Called once in each wait that takes longer than a second.
    private let whenSlow: (() -> Void)?

    package init(_ descriptor: CInt, whenSlow: (() -> Void)? = nil) {
        self.descriptor = descriptor
        self.whenSlow = whenSlow
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Sends all of `bytes`. `deadline` is a time of `Clock.monotonic`.
    package func send(_ bytes: [UInt8], until deadline: Duration) throws(TimedSocketError) {
        var done = 0
        while done < bytes.count {
            // MSG_NOSIGNAL: if the other side is gone, SIGPIPE would kill us.
            let count = bytes.withUnsafeBytes { space in
                Glibc.send(descriptor, space.baseAddress.map { $0 + done }, space.count - done, CInt(MSG_NOSIGNAL))
            }
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                try wait(for: POLLOUT, until: deadline)
            } else if errno != EINTR {
                throw .broken(SystemError("send", "the connection").reason)
            }
        }
    }

    /// The bytes received, at least one; empty when the other side has closed the connection.
    package func receive(until deadline: Duration) throws(TimedSocketError) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count >= 0 { return Array(chunk[..<count]) }
            if errno == EAGAIN {
                try wait(for: POLLIN, until: deadline)
            } else if errno != EINTR {
                throw .broken(SystemError("recv", "the connection").reason)
            }
        }
    }

    private func wait(for events: CInt, until deadline: Duration) throws(TimedSocketError) {
        var wait = SlowWait { whenSlow?() }
        while true {
            let left = deadline - Clock.monotonic
            guard left > .zero else { throw .tooSlow }
            var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&waiting, 1, min(left, wait.pause).milliseconds) > 0 { return }
            wait.look()
        }
    }
}

/// Why a connection failed.
package enum TimedSocketError: Error, Equatable, CustomStringConvertible {
    case tooSlow
    case broken(String)

    package var description: String {
        switch self {
        case .tooSlow: "the other side took too long"
        case .broken(let reason): "the connection broke: \(reason)"
        }
    }
}

import CLinux
import Glibc
import SystemPackage
import TrustCore

/// A connection that one of Exim's processes serves. It was accepted with the list of then, and keeps it until it ends.
struct OpenConnection {
    let process: ProcessFacts
    private let socket: EstablishedSocket
    private let binary: FilePath

    var peer: Address { socket.peer }

    private init(process: ProcessFacts, socket: EstablishedSocket, binary: FilePath) {
        (self.process, self.socket, self.binary) = (process, socket, binary)
    }

    /// Those of the daemon's children that hold a connection to one of its ports (src/daemon.c: one process for each).
    static func all(of daemons: [EximDaemon], binary: FilePath) -> [OpenConnection] {
        let parents = Set(daemons.map(\.pid))
        guard !parents.isEmpty else { return [] }
        let ports = Set(daemons.flatMap { ProcessFacts(pid: $0.pid).listeners.map(\.port) })
        return ProcessFacts.all.filter { $0.parent.map(parents.contains) ?? false && $0.executable == binary }.flatMap { process in
            let sockets = process.sockets
            return process.established.filter { sockets.contains($0.inode) && ports.contains($0.local.port) }.map {
                OpenConnection(process: process, socket: $0, binary: binary)
            }
        }
    }

    /// Seconds that a process may take to say goodbye, and to notice that there is nobody any more.
    private static let courtesy = 1.0
    private static let patience = 5.0

    /// Ends it; false when it serves still. Exim answers SIGTERM with 421 between two commands (src/smtp_in.c). While it receives a message
    /// over TLS it only notes the signal (src/tls-gnu.c): then the connection itself is ended, as when the network is cut, and Exim takes
    /// nothing of the message.
    func end() -> Bool {
        let handle = clinux_pidfd_open(process.pid)
        guard handle >= 0 else { return true }
        defer { close(handle) }
        // Its number may be another's by now: what is ended holds this very connection.
        guard process.executable == binary, process.sockets.contains(socket.inode) else { return true }
        _ = clinux_pidfd_send_signal(handle, SIGTERM)
        if hasEnded(handle, within: Self.courtesy) { return true }
        if process.sharesOurNetwork {
            let (local, remote) = (socket.local, socket.remote)
            _ = clinux_end_connection(local.address, local.port, remote.address, remote.port, local.address.count)
        }
        return hasEnded(handle, within: Self.patience)
    }

    private func hasEnded(_ handle: CInt, within seconds: Double) -> Bool {
        let deadline = Serving.now + seconds
        repeat {
            var end = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            if poll(&end, 1, 20) > 0 || !process.sockets.contains(socket.inode) { return true }
        } while Serving.now < deadline
        return false
    }
}

/// A connected TCP socket of an IP address's own, as a line of `/proc/net/tcp` or `tcp6` tells it (proc(5)).
struct EstablishedSocket {
    let inode: UInt64
    /// Our end and the other's, addresses in network order.
    let local, remote: (address: [UInt8], port: UInt16)
    let peer: Address

    /// Nil for every other line.
    init?(tableLine line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 9, fields[3] == "01", let inode = UInt64(fields[9]), let local = Listener.end(fields[1]),
            let remote = Listener.end(fields[2]), let peer = Address(network: remote.address)
        else { return nil }
        (self.inode, self.local, self.remote, self.peer) = (inode, local, remote, peer)
    }
}

extension Address {
    /// Of four or sixteen bytes in network order; an IPv4 address that an IPv6 socket shows in its own form is an IPv4 address.
    init?(network bytes: [UInt8]) {
        let isMapped = bytes.count == 16 && bytes[..<12].elementsEqual([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF])
        let four = isMapped ? Array(bytes[12...]) : bytes
        if four.count == 4 {
            self.init(four.map(String.init).joined(separator: "."))
        } else {
            let groups = stride(from: 0, to: bytes.count - 1, by: 2).map {
                String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
            }
            self.init(groups.joined(separator: ":"))
        }
    }
}

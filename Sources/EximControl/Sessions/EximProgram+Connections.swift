import Glibc
import Host
import SystemPackage
import TrustCore

/// Whom Exim serves.
package struct OpenConnections {
    package var served: [OpenConnection] = []
    /// Processes of Exim's user, or of this Exim, that cannot be looked into: they may serve somebody.
    package var hidden: [Int32] = []
}

extension EximProgram {
    /// Looks for every process that runs our Exim with our configuration and holds a connection that was accepted.
    ///
    /// It need not be a daemon's child, and there need not be a daemon: whoever stops or restarts Exim leaves those that serve alone, and
    /// they keep the list of their beginning; inetd starts one for each connection. How Exim is reloaded does not matter either.
    ///
    /// The attack: anybody may run Exim, which is setuid, with a connection of his own as its input, and is found. That he gains nothing by
    /// it is seen to where connections are ended: he loses it.
    package func openConnections() throws(EximError) -> OpenConnections {
        // Learns Exim's user and its ports.
        _ = try trusted(with: [])
        guard let eximUser else { throw .cannotRun("exim does not say whose its processes are") }
        var found = OpenConnections()
        var own: [(process: ProcessFacts, sockets: Set<UInt64>)] = []
        for process in ProcessFacts.all {
            if process.isHidden {
                if process.uids.first == eximUser { found.hidden.append(process.pid) }
            } else if try isOurs(process) {
                if let sockets = process.readableSockets {
                    own.append((process, Set(sockets.values)))
                } else {
                    found.hidden.append(process.pid)
                }
            }
        }
        for (_, members) in Dictionary(grouping: own, by: { $0.process.network ?? "" }) {
            // Read after the descriptors: a socket that is missing then is closed.
            let table = Self.table(of: members.map(\.process))
            let listening = Set(table.compactMap { Listener(tableLine: $0)?.inode })
            let ports = table.compactMap { Listener(tableLine: $0) }
                .filter { listener in members.contains { $0.sockets.contains(listener.inode) } }.map(\.port)
            let service = ServicePorts(known: facts.ports.union(ports), ephemeral: Self.ephemeralPorts)
            let connected = Dictionary(
                table.compactMap { ConnectedSocket(tableLine: $0) }.filter { service.contains($0.localPort) }.map { ($0.inode, $0) },
                uniquingKeysWith: { first, _ in first })
            // A daemon holds each connection for a moment, until the child has it; a new child, the daemon's sockets.
            let listeners = Set(members.filter { !$0.sockets.isDisjoint(with: listening) }.map(\.process.pid))
            for (process, sockets) in members {
                if listeners.contains(process.pid), !(process.parent.map(listeners.contains) ?? false) { continue }
                for socket in sockets.compactMap({ connected[$0] }) {
                    found.served.append(
                        OpenConnection(
                            process: process, binary: binary, peer: socket.peer, inode: socket.inode, began: process.began ?? .zero))
                }
            }
        }
        return found
    }

    /// All sockets of the network that `processes` share, by way of the first that is still there; of ours, by way of ourselves.
    private static func table(of processes: [ProcessFacts]) -> [Substring] {
        let me = ProcessFacts(pid: getpid())
        let ways = processes.first?.network == me.network ? [me] : processes
        return ways.lazy.map(\.socketTable).first { !$0.isEmpty } ?? []
    }

    private static var ephemeralPorts: ClosedRange<UInt16> {
        let text = String(decoding: ProcessFacts.contents(of: "/proc/sys/net/ipv4/ip_local_port_range"), as: UTF8.self)
        return ServicePorts.range(text) ?? ServicePorts(known: []).ephemeral
    }
}

import Glibc
import Host
import SystemPackage
import TrustCore

/// Finds every connection that an Exim of ours serves.
struct ConnectionSearch {
    /// One for each configuration.
    let searches: [DaemonSearch]

    /// Looks for every process that runs our Exim with our configuration and holds a connection that was accepted.
    ///
    /// The process need not be a daemon's child, and there need not be a daemon: stopping or restarting Exim leaves the serving processes
    /// alone, and they keep the list with which they began; inetd starts one process for each connection. How Exim is reloaded does not
    /// matter either.
    ///
    /// The attack: any user may run Exim, which is setuid, with a connection of their own as its input, and is found here. It gains them
    /// nothing: all that can happen is that this connection is ended.
    func connections() throws(EximError) -> OpenConnections {
        let users = searches.map(\.eximUser)
        guard users.first.flatMap({ $0 }) != nil else { throw .cannotRun("exim does not say as which user it runs") }
        var found = OpenConnections()
        var own: [(process: ProcessFacts, sockets: Set<UInt64>)] = []
        for process in ProcessFacts.all {
            if process.isHidden {
                if let user = process.uids.first, users.contains(user) { found.hidden.append(process.pid) }
            } else if try isOurs(process) {
                if let sockets = process.readableSockets {
                    own.append((process, Set(sockets.values)))
                } else {
                    found.hidden.append(process.pid)
                }
            }
        }
        for (_, members) in Dictionary(grouping: own, by: { $0.process.network ?? "" }) {
            // Read after the descriptors: a socket that is missing here was closed meanwhile.
            let table = Self.table(of: members.map(\.process))
            let listening = Set(table.compactMap { Listener(tableLine: $0)?.inode })
            let ports = table.compactMap { Listener(tableLine: $0) }
                .filter { listener in members.contains { $0.sockets.contains(listener.inode) } }.map(\.port)
            let service = ServicePorts(
                known: searches.reduce(into: Set(ports)) { $0.formUnion($1.settings.ports) }, ephemeral: Self.ephemeralPorts)
            let connected = Dictionary(
                table.compactMap { ConnectedSocket(tableLine: $0) }.filter { service.contains($0.localPort) }.map { ($0.inode, $0) },
                uniquingKeysWith: { first, _ in first })
            // A daemon holds each connection until its child has it; a new child holds the daemon's listening sockets for a moment.
            let listeners = Set(members.filter { !$0.sockets.isDisjoint(with: listening) }.map(\.process.pid))
            for (process, sockets) in members {
                if listeners.contains(process.pid), !(process.parent.map(listeners.contains) ?? false) { continue }
                for socket in sockets.compactMap({ connected[$0] }) {
                    found.served.append(
                        OpenConnection(
                            process: process, peer: socket.peer, inode: socket.inode,
                            began: process.began ?? .zero))
                }
            }
        }
        return found
    }

    private func isOurs(_ process: ProcessFacts) throws(EximError) -> Bool {
        for search in searches where try search.isOurs(process) { return true }
        return false
    }

    /// All sockets of the network namespace that `processes` share: through the first process that still lives, or through ourselves.
    private static func table(of processes: [ProcessFacts]) -> [Substring] {
        let me = ProcessFacts(pid: getpid())
        let ways = processes.first?.network == me.network ? [me] : processes
        return ways.lazy.map(\.socketTable).first { !$0.isEmpty } ?? []
    }

    private static var ephemeralPorts: ClosedRange<UInt16> {
        let text = String(decoding: ProcessFacts.contents(of: "/proc/sys/net/ipv4/ip_local_port_range"), as: UTF8.self)
        return ServicePorts.range(text) ?? ServicePorts.usualEphemeral
    }
}

import Glibc
import Host
import SystemPackage
import TrustCore

/// Whether inetd or systemd starts Exim for each connection (`exim -bs`, or `-bw` that is idle), so that no daemon runs and nobody must be
/// told: tried with a connection of our own, whose process is looked at.
struct ConnectionStarter {
    let search: DaemonSearch

    /// How long Exim may take to greet.
    private static let patience = Duration.seconds(10)

    /// Who listens in Exim's place, in words; nil when no new connection is served by our Exim with our configuration.
    func found() throws(EximError) -> String? {
        let listeners = (Listener.all ?? []).filter { search.settings.ports.contains($0.port) }
        for listener in listeners {
            guard let socket = SocketAddress(listener).connect() else { continue }
            defer { close(socket) }
            let progress = search.program.progress
            var dialogue = SMTPDialogue(over: socket, until: Clock.monotonic + Self.patience) {
                progress.wait("waiting for a greeting on port \(listener.port)")
            }
            do {
                if search.settings.tlsPorts.contains(listener.port) { try dialogue.startTLS(showing: nil) }
                _ = try dialogue.say()
            } catch { continue }
            let isOurs = try isServedByUs(socket, listener)
            dialogue.leave()
            if isOurs { return "\(holder(of: listener)) starts Exim for each connection to port \(listener.port)" }
        }
        return nil
    }

    /// Whether the other end of our connection is held by a process of our Exim.
    private func isServedByUs(_ socket: CInt, _ listener: Listener) throws(EximError) -> Bool {
        guard let port = SocketAddress.localPort(of: socket) else { return false }
        let inodes = Set(
            ProcessFacts(pid: getpid()).socketTable.compactMap { ConnectedSocket(tableLine: $0) }
                .filter { $0.localPort == listener.port && $0.peerPort == port }.map(\.inode))
        for process in ProcessFacts.all where try search.isOurs(process) {
            if !process.sockets.isDisjoint(with: inodes) { return true }
        }
        return false
    }

    private func holder(of listener: Listener) -> String {
        let holder = ProcessFacts.all.first { $0.sockets.contains(listener.inode) }
        guard let holder, let name = holder.executable?.lastComponent?.string else { return "another program" }
        return "\(Printable(name, limit: 60)) (process \(holder.pid))"
    }
}

package import Host
package import TrustCore

extension LocalExim {
    /// Where the running daemons of this configuration speak SMTP without TLS first: those that this host reaches by loopback first, and port
    /// 25 before others. Root alone sees which processes are daemons; none when none runs.
    package func sockets(_ configuration: Configuration) throws(EximError) -> [SocketAddress] {
        let settings = try program.daemonSettings()
        let reload = configuration.reload == .none ? .auto : configuration.reload
        let daemons = try DaemonSearch(program, reloading: reload, settings: settings).daemons()
        let processes = daemons.told.map(\.pid) + daemons.untold.filter { !$0.isStranger }.map(\.pid)
        let found = processes.map { ProcessFacts(pid: $0) }.filter { process in
            process.sharesOurNetwork && !DaemonArguments(process.arguments).hasTLSFirst
        }.flatMap(\.listeners).filter { !settings.tlsPorts.contains($0.port) }.map { SocketAddress($0) }
        func rank(_ one: SocketAddress) -> (Int, Int, UInt16) { (one.isLoopback ? 0 : 1, one.port == 25 ? 0 : 1, one.port) }
        return found.sorted { rank($0) < rank($1) }
    }
}

import CLinux
import Glibc
import Host
import SystemPackage
import TrustCore

/// Has daemons read their configuration again, and proves that they did.
struct DaemonReload {
    /// One for each configuration; the first is that of `exim_config`.
    let searches: [DaemonSearch]
    /// The files whose content Exim was asked about: each daemon must see the same ones.
    let live: [FilePath]
    let progress: Progress

    /// How long, after the others have read it, one may take when it must not hold the others up.
    private static let courtesy = Duration.seconds(5)

    /// Reloads all of `daemons`. Throws at the first that fails, unless `insisting` and another one could be told: then those that failed
    /// are returned.
    ///
    /// The attack: Exim's user stops or ends a daemon of their own at the right moment, so that a revoke is undone.
    func reload(_ daemons: [EximDaemon], insisting: Bool) throws(EximError) -> Reloading {
        guard let first = searches.first, first.reloading != .none else { return Reloading() }
        try generate(for: daemons)
        var outcome = Reloading()
        var firstError: EximError?
        // Those first that are most likely the real ones: nobody waits for a decoy before them.
        for daemon in daemons.filter(isUsual) + daemons.filter({ !isUsual($0) }) {
            let patience = insisting && outcome.moment != nil ? Self.courtesy : ReloadProof.patience
            do throws(EximError) { outcome.moment = try reload(daemon, until: Clock.monotonic + patience, takingAway: insisting) } catch {
                guard insisting else { throw error }
                firstError = firstError ?? error
                outcome.left.append(UntoldExim(pid: daemon.pid, why: .failed("\(error)")))
            }
        }
        if let firstError, outcome.left.count == daemons.count { throw firstError }
        return outcome
    }

    /// A HUP alone does not regenerate Debian's configuration; the reload of its service does.
    private func generate(for daemons: [EximDaemon]) throws(EximError) {
        guard let program = searches.first?.program else { return }
        let main = try program.mainConfiguration()
        guard DebianConfiguration.generates(main), daemons.allSatisfy({ $0.unit == nil || $0.main != main }) else { return }
        let result = try program.run(Program(DebianConfiguration.generator, []))
        guard result.status == 0 else { throw .notReloaded("update-exim4.conf said: \(EximProgram.words(result))") }
    }

    private func isUsual(_ daemon: EximDaemon) -> Bool {
        let process = ProcessFacts(pid: daemon.pid)
        let ports = searches.first { (try? $0.program.mainConfiguration()) == daemon.main }?.settings.ports ?? []
        return process.sharesOurNetwork && process.listeners.contains { ports.contains($0.port) }
    }

    /// The search that knows the daemon's configuration.
    func search(_ daemon: EximDaemon) throws(EximError) -> DaemonSearch {
        for search in searches where try search.program.mainConfiguration() == daemon.main { return search }
        throw .died(pid: daemon.pid)
    }

    private func reload(_ daemon: EximDaemon, until deadline: Duration, takingAway: Bool) throws(EximError) -> Duration {
        let search = try search(daemon)
        let process = ProcessFacts(pid: daemon.pid)
        // A file that is bind-mounted by itself into Exim's mount namespace stays the old one there when a rename replaces it here.
        if let live = live.first(where: { !process.sees($0) }) {
            throw .notReloaded("exim (process \(daemon.pid)) sees another file at \(live) than trustctl")
        }
        let handle = clinux_pidfd_open(daemon.pid)
        guard handle >= 0 else { throw .died(pid: daemon.pid) }
        defer { close(handle) }
        if DaemonArguments(daemon.arguments).isSocketActivated {
            return try end(daemon, process, handle, search, until: deadline)
        }
        let proof = ReloadProof(process: process, handle: handle, program: search.program, progress: progress, deadline: deadline)
        // A daemon that is just executing itself anew would lose our HUP, and its new socket would be a false proof.
        try proof.waitUntilItServes(beyond: [])
        // The handle is that of the process that was examined: its number cannot have passed to another process.
        guard try search.isOurs(process), process.arguments == daemon.arguments else { throw .died(pid: daemon.pid) }
        let before = process.sockets
        if let unit = daemon.unit {
            do { try Systemd.reload(unit, progress) } catch { throw .notReloaded("systemd could not reload \(unit): \(error.description)") }
        } else {
            guard clinux_pidfd_send_signal(handle, SIGHUP) == 0 else { throw .died(pid: daemon.pid) }
        }
        let fresh = try proof.waitUntilItServes(beyond: before)
        let moment = Clock.boot
        // The process that greets us must not seem to have begun before this moment, and so to have the old list. Nobody asks that of a change
        // after which nobody is trusted less.
        if takingAway { Clock.waitForNextTick(after: moment) }
        try Greeting(of: process, handle: handle, by: search, progress: progress)
            .wait(for: fresh, until: deadline, sharesOurNetwork: process.sharesOurNetwork)
        return moment
    }

    /// Ends a daemon that got its socket from systemd or inetd (`-bw`): the next connection starts a new one, which reads the list. Returns
    /// when such a connection was greeted; in another network namespace, when the daemon has ended.
    private func end(
        _ daemon: EximDaemon, _ process: ProcessFacts, _ handle: CInt, _ search: DaemonSearch, until deadline: Duration
    ) throws(EximError) -> Duration {
        let listeners = process.listeners
        let isHere = process.sharesOurNetwork
        let greeting = Greeting(of: process, handle: nil, by: search, progress: progress)
        guard try search.isOurs(process), process.arguments == daemon.arguments else { throw .died(pid: daemon.pid) }
        guard clinux_pidfd_send_signal(handle, SIGTERM) == 0 else { throw .died(pid: daemon.pid) }
        var ended = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        guard poll(&ended, 1, (deadline - Clock.monotonic).milliseconds) > 0 else {
            throw .notReloaded("exim (process \(daemon.pid)) was started with -bw and does not end")
        }
        let moment = Clock.boot
        Clock.waitForNextTick(after: moment)
        try greeting.wait(for: listeners, until: deadline, sharesOurNetwork: isHere)
        return moment
    }
}

import CLinux
import Glibc
import Host
import SystemPackage
import TrustCore

/// Has daemons read their configuration again, proves that they did, and starts again those that died.
struct DaemonReload {
    let search: DaemonSearch
    /// The files whose content Exim was asked about: each daemon must see the same ones.
    let live: [FilePath]
    let progress: Progress

    private var program: EximProgram { search.program }

    /// Returns when all of `daemons` have read the configuration: the moment, by `Clock.boot`; nil with `reload = none`.
    @discardableResult
    func reload(_ daemons: [EximDaemon]) throws(EximError) -> Duration? {
        if search.reloading == .none { return nil }
        if DebianConfiguration.generates(try program.mainConfiguration()), daemons.allSatisfy({ $0.unit == nil }) {
            // A HUP alone does not regenerate Debian's configuration; the reload of its service does.
            let result = try program.run(Program(DebianConfiguration.generator, []))
            guard result.status == 0 else { throw .notReloaded("update-exim4.conf said: \(EximProgram.words(result))") }
        }
        var moment: Duration?
        for daemon in daemons {
            // A file that is bind-mounted by itself into Exim's mount namespace stays the old one there when a rename replaces it here.
            if let live = live.first(where: { !ProcessFacts(pid: daemon.pid).sees($0) }) {
                throw .notReloaded("exim (process \(daemon.pid)) sees another file at \(live) than trustctl")
            }
            moment = try reload(daemon)
        }
        return moment
    }

    /// Like `reload`, but starts those that died again.
    func revive(_ daemons: [EximDaemon]) throws(EximError) {
        var alive: [EximDaemon] = []
        var dead: [EximDaemon] = []
        for daemon in daemons {
            if ProcessFacts(pid: daemon.pid).executable == program.binary { alive.append(daemon) } else { dead.append(daemon) }
        }
        let isGenerated = DebianConfiguration.generates(try program.mainConfiguration())
        if isGenerated || !alive.isEmpty { try reload(alive) }
        for daemon in dead { try start(daemon) }
    }

    private func reload(_ daemon: EximDaemon) throws(EximError) -> Duration {
        let process = ProcessFacts(pid: daemon.pid)
        let handle = clinux_pidfd_open(daemon.pid)
        guard handle >= 0 else { throw .died(pid: daemon.pid) }
        defer { close(handle) }
        let proof = ReloadProof(process: process, handle: handle, binary: program.binary, progress: progress)
        // A daemon that is just executing itself anew would lose our HUP, and its new socket would be a false proof.
        try proof.waitUntilItServes(beyond: [])
        // The handle is that of the process that was examined: its number cannot have passed to another process.
        guard process.executable == program.binary, process.arguments == daemon.arguments else { throw .died(pid: daemon.pid) }
        let before = process.sockets
        if let unit = daemon.unit {
            do { try Systemd.reload(unit) } catch { throw .notReloaded("systemd could not reload \(unit): \(error.description)") }
        } else {
            guard clinux_pidfd_send_signal(handle, SIGHUP) == 0 else { throw .died(pid: daemon.pid) }
        }
        let fresh = try proof.waitUntilItServes(beyond: before)
        let moment = Clock.boot
        // The process that greets us must not seem to have begun before this moment.
        Clock.waitForNextTick(after: moment)
        try proof.greeting(of: fresh)
        return moment
    }

    /// Starts a daemon that died with the options with which it ran.
    private func start(_ daemon: EximDaemon) throws(EximError) {
        if let unit = daemon.unit {
            do { try Systemd.restart(unit) } catch {
                throw .notStarted("systemd could not start \(unit): \(error.description)")
            }
        } else {
            let seen = DaemonArguments(daemon.arguments)
            guard let arguments = seen.repeated(configuration: program.configuration, pidFile: trustedPidFile) else {
                throw .notStarted(
                    "exim was started with options that trustctl does not repeat: \(Printable(daemon.arguments.joined(separator: " ")))")
            }
            let starter: pid_t
            do { starter = try Program(program.binary, arguments).startDetached() } catch {
                throw .notStarted(error.description)
            }
            // With -bd the started process ends as soon as the daemon has forked.
            if !seen.isInForeground {
                let status = Program.wait(for: starter)
                guard status == 0 else { throw .notStarted("exim ended with status \(status) when it was started again") }
            }
        }
        let deadline = Clock.monotonic + ReloadProof.patience
        while Clock.monotonic < deadline {
            // An error may be that of a start which is not complete: the pid file may be written before the socket is there.
            let started = (try? search.daemons()) ?? []
            for fresh in started where ProcessFacts(pid: fresh.pid).catchesHangup {
                let handle = clinux_pidfd_open(fresh.pid)
                guard handle >= 0 else { continue }
                defer { close(handle) }
                let process = ProcessFacts(pid: fresh.pid)
                return try ReloadProof(process: process, handle: handle, binary: program.binary, progress: progress)
                    .greeting(of: process.listeners)
            }
            usleep(10_000)
        }
        throw .notStarted("exim was started again but does not listen")
    }

    /// The pid file by the words of the operator or of Exim's configuration.
    private var trustedPidFile: FilePath? {
        if case .pidFile(let path) = search.reloading { return path }
        return search.settings.pidFile
    }
}

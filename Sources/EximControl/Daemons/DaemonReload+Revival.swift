import CLinux
import Glibc
import Host
import SystemPackage
import TrustCore

extension DaemonReload {
    /// Like `reload`, but starts those that died again.
    func revive(_ daemons: [EximDaemon]) throws(EximError) {
        var alive: [EximDaemon] = []
        var dead: [EximDaemon] = []
        for daemon in daemons {
            let runs = try search(daemon).program.isRun(by: ProcessFacts(pid: daemon.pid))
            if runs { alive.append(daemon) } else { dead.append(daemon) }
        }
        // What was given its socket is started again by whoever gave it, and may have been already.
        for daemon in dead where DaemonArguments(daemon.arguments).isSocketActivated {
            for other in try search(daemon).daemons().told
            where DaemonArguments(other.arguments).isSocketActivated && !alive.contains(other) {
                alive.append(other)
            }
        }
        dead.removeAll { DaemonArguments($0.arguments).isSocketActivated }
        let isGenerated = try searches.first.map { search throws(EximError) in
            DebianConfiguration.generates(try search.program.mainConfiguration())
        }
        if isGenerated ?? false || !alive.isEmpty { _ = try reload(alive, insisting: false) }
        for daemon in dead { try start(daemon) }
    }

    /// Starts a daemon that died with the options with which it ran.
    private func start(_ daemon: EximDaemon) throws(EximError) {
        let search = try search(daemon)
        if let unit = daemon.unit {
            do { try Systemd.restart(unit, progress) } catch {
                throw .notStarted("systemd could not start \(unit): \(error.description)")
            }
        } else {
            let seen = DaemonArguments(daemon.arguments)
            guard let arguments = seen.repeated(configuration: search.program.configuration, pidFile: pidFile(search)) else {
                throw .notStarted(
                    "exim was started with options that trustctl does not repeat: \(Printable(daemon.arguments.joined(separator: " ")))")
            }
            let starter: pid_t
            do { starter = try Program(search.program.binary, arguments).startDetached() } catch {
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
            let started = (try? search.daemons().told) ?? []
            for fresh in started where ProcessFacts(pid: fresh.pid).catchesHangup {
                let handle = clinux_pidfd_open(fresh.pid)
                guard handle >= 0 else { continue }
                defer { close(handle) }
                let process = ProcessFacts(pid: fresh.pid)
                return try Greeting(of: process, handle: handle, by: search, progress: progress)
                    .wait(for: process.listeners, until: deadline, sharesOurNetwork: process.sharesOurNetwork)
            }
            usleep(10_000)
        }
        throw .notStarted("exim was started again but does not listen")
    }

    /// The pid file by the words of the operator or of Exim's configuration.
    private func pidFile(_ search: DaemonSearch) -> FilePath? {
        if case .pidFile(let path) = search.reloading { return path }
        return search.settings.pidFile
    }
}

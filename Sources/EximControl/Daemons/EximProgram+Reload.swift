import CLinux
import Glibc
import Host
import SystemPackage
import TrustCore

extension EximProgram {
    @discardableResult
    package func reload(_ daemons: [EximDaemon]) throws(EximError) -> Duration? {
        if reloading == .none { return nil }
        if DebianConfiguration.generates(try mainConfiguration()), daemons.allSatisfy({ $0.unit == nil }) {
            // A HUP alone does not regenerate; a service's reload does it itself.
            let result = try run(Program(DebianConfiguration.generator, []))
            guard result.status == 0 else { throw .notReloaded("update-exim4.conf said: \(Self.words(result))") }
        }
        var moment: Duration?
        for daemon in daemons {
            // A file that is bound alone into Exim's name space stays the old one there when its name gets a new one here.
            if let live = live.first(where: { !ProcessFacts(pid: daemon.pid).sees($0) }) {
                throw .notReloaded("exim (process \(daemon.pid)) sees another file at \(live) than we")
            }
            moment = try reload(daemon)
        }
        return moment
    }

    package func revive(_ daemons: [EximDaemon]) throws(EximError) {
        var alive: [EximDaemon] = []
        var dead: [EximDaemon] = []
        for daemon in daemons {
            if ProcessFacts(pid: daemon.pid).executable == binary { alive.append(daemon) } else { dead.append(daemon) }
        }
        let isGenerated = DebianConfiguration.generates(try mainConfiguration())
        if isGenerated || !alive.isEmpty { try reload(alive) }
        for daemon in dead { try start(daemon) }
    }

    private func reload(_ daemon: EximDaemon) throws(EximError) -> Duration {
        let process = ProcessFacts(pid: daemon.pid)
        let handle = clinux_pidfd_open(daemon.pid)
        guard handle >= 0 else { throw .died(pid: daemon.pid) }
        defer { close(handle) }
        let serving = ReloadProof(process: process, handle: handle, binary: binary, progress: progress)
        // A daemon that is executing itself anew right now would lose our HUP, and its new socket would be a false proof.
        try serving.waitUntilItServes(beyond: [])
        // The process that we examined is the one that we have a handle of: its number cannot have passed to another one.
        guard process.executable == binary, process.arguments == daemon.arguments else { throw .died(pid: daemon.pid) }
        let before = process.sockets
        if let unit = daemon.unit {
            do { try Systemd.reload(unit) } catch { throw .notReloaded("systemd could not reload \(unit): \(error.description)") }
        } else {
            guard clinux_pidfd_send_signal(handle, SIGHUP) == 0 else { throw .died(pid: daemon.pid) }
        }
        let fresh = try serving.waitUntilItServes(beyond: before)
        let moment = Clock.boot
        // What greets us must not seem older than this.
        Clock.waitForNextTick(after: moment)
        try serving.greeting(of: fresh)
        return moment
    }

    /// Starts a daemon that died the way it ran.
    private func start(_ daemon: EximDaemon) throws(EximError) {
        if let unit = daemon.unit {
            do { try Systemd.restart(unit) } catch {
                throw .notStarted("systemd could not start \(unit): \(error.description)")
            }
        } else {
            guard let arguments = Self.restart(daemon.arguments, configuration: configuration, pidFile: trustedPidFile) else {
                throw .notStarted(
                    "exim was started with options that trustctl does not repeat: \(Printable(daemon.arguments.joined(separator: " ")))")
            }
            let starter: pid_t
            do { starter = try Program(binary, arguments).startDetached() } catch {
                throw .notStarted(error.description)
            }
            // With -bd it ends as soon as the daemon is on its own; in the foreground (-bdf) it is the daemon.
            if !daemon.arguments.contains("-bdf") {
                let status = Program.wait(for: starter)
                guard status == 0 else { throw .notStarted("exim ended with status \(status) when it was started again") }
            }
        }
        let deadline = Clock.monotonic + ReloadProof.patience
        while Clock.monotonic < deadline {
            // Not everything that a start leaves half done is an error: its pid file may come before its socket.
            let started = (try? daemons()) ?? []
            for fresh in started where ProcessFacts(pid: fresh.pid).catchesHangup {
                let handle = clinux_pidfd_open(fresh.pid)
                guard handle >= 0 else { continue }
                defer { close(handle) }
                let process = ProcessFacts(pid: fresh.pid)
                return try ReloadProof(process: process, handle: handle, binary: binary, progress: progress).greeting(of: process.listeners)
            }
            usleep(10_000)
        }
        throw .notStarted("exim was started again but does not listen")
    }

    /// The command line that starts a daemon again as it ran; nil when it ran with more than this can say.
    ///
    /// The attack: Exim's user starts a daemon as a decoy, with a configuration or a pid file of his own behind a `-C` or `-oP`, ends it
    /// when we reload, and has us start it again as root. So no value is taken from a process: its flags only say which of our own apply.
    static func restart(_ seen: [String], configuration: FilePath?, pidFile: FilePath?) -> [String]? {
        var arguments = configuration.map { ["-C", $0.string] } ?? []
        var rest = seen.dropFirst()
        while let argument = rest.popFirst() {
            switch argument {
            case "-bd", "-bdf", "-v": arguments.append(argument)
            case "-C": guard rest.popFirst() != nil else { return nil }
            case "-oP":
                guard let given = rest.popFirst(), let pidFile, given == pidFile.string else { return nil }
                arguments += ["-oP", pidFile.string]
            case _ where argument.hasPrefix("-C"): continue
            case _ where argument.hasPrefix("-q"):
                let interval = argument.dropFirst(2)
                guard interval.allSatisfy({ $0.isASCII && ($0.isNumber || "smhdw".contains($0)) }) else { return nil }
                arguments.append(argument)
            default: return nil
            }
        }
        return arguments
    }

    /// Where the operator, or Exim's configuration, says that the pid file is.
    private var trustedPidFile: FilePath? {
        if case .pidFile(let path) = reloading { return path }
        return facts.pidFile
    }
}

import Glibc
import Host
import SystemPackage
package import TrustCore

/// Finds the daemons that run our Exim with our configuration.
package struct DaemonSearch {
    let program: EximProgram
    /// `reload` in trustd.conf.
    let reloading: Configuration.Reload
    let settings: DaemonSettings

    /// How long an Exim without a listening socket may take to get one.
    private static let patienceWithAStart = Duration.seconds(5)

    package init(_ program: EximProgram, reloading: Configuration.Reload, settings: DaemonSettings) {
        self.program = program
        self.reloading = reloading
        self.settings = settings
    }

    /// All of them; waits for one that is starting.
    package func daemons() throws(EximError) -> EximDaemons {
        let hint: FilePath?
        switch reloading {
        case .none: return EximDaemons()
        case .pidFile(let given): hint = given
        case .auto, .systemd: hint = settings.pidFile
        }
        let deadline = Clock.monotonic + Self.patienceWithAStart
        var wait = SlowWait { program.progress.wait("waiting for an exim that is starting to listen") }
        while true {
            let (found, starting) = try running()
            let named = hint.flatMap(PidFile.process)
            let known = found.told.map(\.pid) + found.untold.map(\.pid) + starting
            let stranger = named.flatMap { known.contains($0) ? nil : $0 }
            if stranger == nil, starting.isEmpty { return found }
            let mayStillCome = !starting.isEmpty || stranger.map { program.isRun(by: ProcessFacts(pid: $0)) } ?? false
            guard mayStillCome, Clock.monotonic < deadline else {
                var found = found
                found.untold += starting.map { UntoldExim(pid: $0, why: .starting) }
                if let stranger, let hint, ProcessFacts(pid: stranger).isAlive { found.untold.append(other(stranger, in: hint)) }
                return found
            }
            wait.look()
            usleep(10_000)
        }
    }

    /// The attack: the folder of the pid file belongs to Exim's user, who would have us end another process.
    private func other(_ pid: Int32, in pidFile: FilePath) -> UntoldExim {
        let process = ProcessFacts(pid: pid)
        guard let path = process.executable else { return hidden(process) }
        return UntoldExim(pid: pid, why: .stranger(Printable(path.string, limit: 200).description, pidFile: pidFile))
    }

    private func hidden(_ process: ProcessFacts) -> UntoldExim {
        UntoldExim(pid: process.pid, why: .hidden(mayExamineOthers: ThisProcess.mayExamineOthers))
    }

    /// The daemons that serve, and the processes that are about to. All of them are reloaded: a decoy that Exim's user started and named in
    /// the pid file must not keep the real daemon from being reloaded.
    private func running() throws(EximError) -> (found: EximDaemons, starting: [Int32]) {
        var candidates: [(process: ProcessFacts, arguments: DaemonArguments, ports: [UInt16])] = []
        var starting: [Int32] = []
        var found = EximDaemons()
        for process in ProcessFacts.all {
            if process.isHidden {
                if try isHiddenDaemon(process) { found.untold.append(hidden(process)) }
                continue
            }
            guard try isOurs(process) else { continue }
            let arguments = DaemonArguments(process.arguments)
            guard arguments.isDaemon else { continue }
            let ports = process.listeners.map(\.port)
            if !ports.isEmpty {
                candidates.append((process, arguments, ports))
            } else if process.session == process.pid {
                starting.append(process.pid)
            }
        }
        let pids = Set(candidates.map(\.process.pid))
        for (process, arguments, ports) in candidates where process.parent.map({ !pids.contains($0) }) ?? true {
            if let why = try obstacle(process, arguments, ports) {
                found.untold.append(UntoldExim(pid: process.pid, why: why))
            } else {
                var daemon = EximDaemon(pid: process.pid, arguments: arguments.all, main: try program.mainConfiguration())
                daemon.unit = unit(of: process.pid)
                found.told.append(daemon)
            }
        }
        return (found, starting)
    }

    /// Why a daemon must not be told; nil when it may be.
    private func obstacle(
        _ process: ProcessFacts, _ arguments: DaemonArguments, _ ports: [UInt16]
    ) throws(EximError) -> UntoldExim.Why? {
        if let macro = arguments.macro { return .macro(macro) }
        guard !settings.ports.union(arguments.ports).isDisjoint(with: ports) || arguments.isSocketActivated else {
            return .otherPorts(ports)
        }
        if arguments.isSocketActivated, !isSocketHeld(besides: process) { return .nobodyHoldsItsSocket }
        if case .systemd(let wanted) = reloading {
            let unit = Systemd.unit(of: process.pid)
            if unit != wanted { return .unit(unit, wanted: wanted) }
        }
        return nil
    }

    /// Whether it runs our Exim, as root or as Exim's user, and reads our configuration.
    func isOurs(_ process: ProcessFacts) throws(EximError) -> Bool {
        let main = try program.mainConfiguration()
        guard program.isRun(by: process), process.sees(main) else { return false }
        guard isOurUser(process) else { return false }
        return try isOurConfiguration(of: process)
    }

    /// Any user may run Exim with a socket of their own; only root and Exim's user can run its daemon.
    private func isOurUser(_ process: ProcessFacts) -> Bool { process.uids.first.map { $0 == 0 || $0 == eximUser } ?? false }

    private func isOurConfiguration(of process: ProcessFacts) throws(EximError) -> Bool {
        let theirs = try program.configuration(of: process)
        guard let mine = try? ResolvedPath(try program.mainConfiguration()) else { return false }
        return (try? ResolvedPath(theirs)) == mine
    }

    /// Whether a process whose program cannot be seen has the command line of our daemon, which anybody may see.
    private func isHiddenDaemon(_ process: ProcessFacts) throws(EximError) -> Bool {
        let arguments = DaemonArguments(process.arguments)
        guard arguments.isDaemon, isOurUser(process), process.session == process.pid else { return false }
        return try isOurConfiguration(of: process)
    }

    /// Whether somebody else holds a listening socket of a socket-activated daemon, as systemd and inetd do: it starts Exim again.
    private func isSocketHeld(besides daemon: ProcessFacts) -> Bool {
        let sockets = Set(daemon.listeners.map(\.inode))
        return ProcessFacts.all.contains { process in
            process.pid != daemon.pid && !program.isRun(by: process) && !process.sockets.isDisjoint(with: sockets)
        }
    }

    /// The service through which systemd is to reload the process.
    private func unit(of pid: Int32) -> String? {
        switch reloading {
        case .auto:
            guard Systemd.isRunning, let unit = Systemd.unit(of: pid), unit.hasSuffix(".service") else { return nil }
            return unit
        case .systemd(let wanted): return wanted
        case .pidFile, .none: return nil
        }
    }

    var eximUser: UInt32? { settings.account?.user }
}

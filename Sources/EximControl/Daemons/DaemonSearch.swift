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

    /// All of them; waits for one that is starting. Throws `unsafeDaemon` when the pid file names a process that is not one of them.
    package func daemons() throws(EximError) -> [EximDaemon] {
        let hint: FilePath?
        switch reloading {
        case .none: return []
        case .pidFile(let given): hint = given
        case .auto, .systemd: hint = settings.pidFile
        }
        let deadline = Clock.monotonic + Self.patienceWithAStart
        while true {
            let (serving, starting) = try running()
            let named = hint.flatMap(PidFile.process)
            let isNamedKnown = named.map { pid in serving.contains { $0.pid == pid } } ?? true
            if isNamedKnown, starting.isEmpty { return serving }
            let mayStillCome = !starting.isEmpty || named.map { ProcessFacts(pid: $0).executable == program.binary } ?? false
            guard mayStillCome, Clock.monotonic < deadline else {
                return try refuse(named: isNamedKnown ? nil : named, in: hint, starting: starting)
            }
            usleep(10_000)
        }
    }

    private func refuse(named: Int32?, in hint: FilePath?, starting: [Int32]) throws(EximError) -> [EximDaemon] {
        if let first = starting.first {
            // It may have read the old list already, and would serve with it as soon as its port is free.
            throw .unsafeDaemon("exim (process \(first)) is starting, and does not listen yet")
        }
        guard let named, ProcessFacts(pid: named).isAlive else { return try running().serving }
        // The attack: the folder of the pid file belongs to Exim's user, who would have us end another process.
        let name = ProcessFacts(pid: named).executable.map(\.string) ?? "a process that cannot be examined"
        throw .unsafeDaemon(
            "\(hint?.string ?? "the pid file") names process \(named), which is \(name) and not the exim of this configuration")
    }

    /// The daemons that serve, and the processes that are about to. All of them are reloaded: a decoy that Exim's user started and named in
    /// the pid file must not keep the real daemon from being reloaded.
    private func running() throws(EximError) -> (serving: [EximDaemon], starting: [Int32]) {
        var found: [(daemon: EximDaemon, parent: Int32?)] = []
        var starting: [Int32] = []
        for process in ProcessFacts.all {
            guard try isOurs(process) else { continue }
            let arguments = DaemonArguments(process.arguments)
            if process.listeners.isEmpty {
                if arguments.isDaemon, process.session == process.pid { starting.append(process.pid) }
                continue
            }
            // A macro on its command line overrides every file, and is not in what we check.
            if arguments.isDaemon, let macro = arguments.macro {
                throw .unsafeDaemon(
                    "exim (process \(process.pid)) was started with \(Printable(macro, limit: 80)), which its files do not show")
            }
            found.append((EximDaemon(pid: process.pid, arguments: arguments.all, unit: nil), process.parent))
        }
        let pids = Set(found.map(\.daemon.pid))
        var daemons: [EximDaemon] = []
        for (daemon, parent) in found where parent.map({ !pids.contains($0) }) ?? true {
            var daemon = daemon
            daemon.unit = try unit(of: daemon.pid)
            daemons.append(daemon)
        }
        return (daemons, starting)
    }

    /// Whether it runs our Exim, as root or as Exim's user, and reads our configuration.
    func isOurs(_ process: ProcessFacts) throws(EximError) -> Bool {
        let main = try program.mainConfiguration()
        guard process.executable == program.binary, process.sees(main) else { return false }
        // Any user may run Exim with a socket of their own; only root and Exim's user can run its daemon.
        guard let uid = process.uids.first, uid == 0 || uid == eximUser else { return false }
        let given = DaemonArguments(process.arguments).configuration
        let theirs = if let given { given } else { try defaultConfiguration() }
        guard let mine = try? ResolvedPath(main) else { return false }
        return (try? ResolvedPath(theirs)) == mine
    }

    /// The service through which systemd is to reload the process.
    private func unit(of pid: Int32) throws(EximError) -> String? {
        switch reloading {
        case .auto:
            guard Systemd.isRunning, let unit = Systemd.unit(of: pid), unit.hasSuffix(".service") else { return nil }
            return unit
        case .systemd(let wanted):
            let unit = Systemd.unit(of: pid)
            guard unit == wanted else {
                throw .unsafeDaemon(
                    "exim (process \(pid)) belongs to \(unit ?? "no unit"), but trustd.conf says reload = systemd:\(wanted)")
            }
            return wanted
        case .pidFile, .none: return nil
        }
    }

    /// A path that matches no configuration when Exim does not tell its own.
    private func defaultConfiguration() throws(EximError) -> FilePath {
        do { return try program.defaultConfiguration() } catch {
            guard case .refused = error else { throw error }
            return "/nonexistent"
        }
    }

    var eximUser: UInt32? {
        guard let user = settings.user else { return nil }
        return UInt32(user) ?? getpwnam(user).map { $0.pointee.pw_uid }
    }
}

import Glibc
package import Host
package import SystemPackage
import TrustCore

extension EximProgram {
    package func daemons() throws(EximError) -> [EximDaemon] {
        let hint: FilePath?
        switch reloading {
        case .none: return []
        case .pidFile(let given): hint = given
        case .auto, .systemd: hint = facts.pidFile
        }
        let deadline = Clock.monotonic + Self.patienceWithAStart
        while true {
            let (serving, starting) = try running()
            let named = hint.flatMap(Self.pid(in:))
            let isNamedKnown = named.map { pid in serving.contains { $0.pid == pid } } ?? true
            if isNamedKnown, starting.isEmpty { return serving }
            let mayStillCome = !starting.isEmpty || named.map { ProcessFacts(pid: $0).executable == binary } ?? false
            guard mayStillCome, Clock.monotonic < deadline else {
                return try refuse(named: isNamedKnown ? nil : named, in: hint, starting: starting)
            }
            usleep(10_000)
        }
    }

    /// How long an Exim without a listening socket may take to get it.
    private static let patienceWithAStart = Duration.seconds(5)

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

    /// The daemons of our Exim that read our configuration, and those that are about to serve. All of them are reloaded: a process that
    /// Exim's user started as a decoy, and named in the pid file, must not keep the real one from being told.
    private func running() throws(EximError) -> (serving: [EximDaemon], starting: [Int32]) {
        var found: [(daemon: EximDaemon, parent: Int32?)] = []
        var starting: [Int32] = []
        for process in ProcessFacts.all {
            guard try isOurs(process) else { continue }
            let arguments = process.arguments
            let isDaemon = arguments.contains { $0.hasPrefix("-bd") }
            if process.listeners.isEmpty {
                if isDaemon, process.session == process.pid { starting.append(process.pid) }
                continue
            }
            // A macro on its command line wins over every file, and is not in what we check.
            if isDaemon, let macro = arguments.first(where: { $0.hasPrefix("-D") }) {
                throw .unsafeDaemon(
                    "exim (process \(process.pid)) was started with \(Printable(macro, limit: 80)), which its files do not show")
            }
            found.append((EximDaemon(pid: process.pid, arguments: arguments, unit: nil), process.parent))
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

    /// Whether it runs our Exim, as root or Exim's user, and reads our configuration.
    package func isOurs(_ process: ProcessFacts) throws(EximError) -> Bool {
        let main = try mainConfiguration()
        guard process.executable == binary, process.sees(main) else { return false }
        // Anybody may run Exim, with a socket of his own: only root and Exim's user can run its daemon.
        guard let uid = process.uids.first, uid == 0 || uid == eximUser else { return false }
        let given = Self.configurationOption(process.arguments)
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
                    "exim (process \(pid)) belongs to \(unit ?? "no unit"), and the configuration says reload = systemd:\(wanted)")
            }
            return wanted
        case .pidFile, .none: return nil
        }
    }

    private func defaultConfiguration() throws(EximError) -> FilePath {
        if facts.main == nil {
            let result = try run(Program(binary, ["-bP", "configure_file"]))
            let path = String(decoding: result.output, as: UTF8.self).prefix { $0 != "\n" }
            facts.main = result.status == 0 && path.hasPrefix("/") ? FilePath(String(path)) : "/nonexistent"
        }
        return facts.main ?? "/nonexistent"
    }

    var eximUser: UInt32? {
        guard let user = facts.user else { return nil }
        return UInt32(user) ?? getpwnam(user).map { $0.pointee.pw_uid }
    }

    /// `-C FILE` or `-CFILE`; of several Exim takes the last.
    static func configurationOption(_ arguments: [String]) -> FilePath? {
        guard let index = arguments.lastIndex(where: { $0.hasPrefix("-C") }) else { return nil }
        if arguments[index].count > 2 { return FilePath(String(arguments[index].dropFirst(2))) }
        return index + 1 < arguments.count ? FilePath(arguments[index + 1]) : nil
    }

    /// The living process that a pid file names. A hint: whoever owns the folder wrote it. Links, FIFOs and long files say nothing.
    package static func pid(in path: FilePath) -> Int32? {
        guard let name = path.lastComponent, let folder = try? Folder(path.removingLastComponent()),
            let bytes = try? folder.contents(of: name.string, limit: 64),
            let pid = Decimal.number(String(decoding: bytes, as: UTF8.self).split(separator: "\n").first?.trimmed.utf8 ?? "".utf8[...]),
            pid > 0, pid <= Int(Int32.max), ProcessFacts(pid: Int32(pid)).isAlive
        else { return nil }
        return Int32(pid)
    }
}

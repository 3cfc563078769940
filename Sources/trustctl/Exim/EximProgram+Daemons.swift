import Glibc
import SystemPackage
import TrustCore

extension EximProgram {
    func daemons() throws(EximError) -> [EximDaemon] {
        var path: FilePath?
        switch reloading {
        case .none: return []
        case .pidFile(let given): path = given
        case .auto, .systemd: path = facts.pidFile
        }
        guard let path, let named = Self.pid(in: path) else { return try running() }
        let deadline = Serving.now + Self.patienceWithAStart
        while true {
            let running = try running()
            if running.contains(where: { $0.pid == named }) { return running }
            // Exim that is starting, or reading its configuration anew, does not listen for a moment.
            guard ProcessFacts(pid: named).executable == binary, Serving.now < deadline else { break }
            usleep(10_000)
        }
        guard ProcessFacts(pid: named).isAlive else { return try running() }
        // The attack: the folder of the pid file belongs to Exim's user, who would have us end another process.
        let name = ProcessFacts(pid: named).executable.map(\.string) ?? "a process that cannot be examined"
        throw .unsafeDaemon("\(path) names process \(named), which is \(name) and not the exim of this configuration")
    }

    /// Seconds that an Exim without a listening socket may be one that is about to have it.
    private static let patienceWithAStart = 5.0

    /// Every daemon of our Exim that reads our configuration. All of them are reloaded: a process that Exim's user started as a decoy, and
    /// named in the pid file, must not keep the real one from being told.
    private func running() throws(EximError) -> [EximDaemon] {
        let main = try mainConfiguration()
        let mine = try? Ownership.resolve(main)
        var found: [(daemon: EximDaemon, parent: Int32?)] = []
        for process in ProcessFacts.all where process.executable == binary && process.sees(main) {
            let arguments = process.arguments
            let given = Self.configurationOption(arguments)
            let theirs = if let given { given } else { try defaultConfiguration() }
            guard (try? Ownership.resolve(theirs)) == mine, !process.listeners.isEmpty else { continue }
            guard let uid = process.uids.first, uid == 0 || uid == eximUser else {
                throw .unsafeDaemon("process \(process.pid) runs exim's daemon as user \(process.uids.first.map(String.init) ?? "unknown")")
            }
            // A macro on its command line wins over every file, and is not in what we check.
            if let macro = arguments.first(where: { $0.hasPrefix("-D") }) {
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
        return daemons
    }

    /// The service through which systemd is to reload the process.
    private func unit(of pid: Int32) throws(EximError) -> String? {
        switch reloading {
        case .auto:
            guard SystemManager.isRunning, let unit = SystemManager.unit(of: pid), unit.hasSuffix(".service") else { return nil }
            return unit
        case .systemd(let wanted):
            let unit = SystemManager.unit(of: pid)
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

    private var eximUser: UInt32? {
        guard let user = facts.user else { return nil }
        return UInt32(user) ?? getpwnam(user).map { $0.pointee.pw_uid }
    }

    /// `-C FILE` or `-CFILE`.
    static func configurationOption(_ arguments: [String]) -> FilePath? {
        for (index, argument) in arguments.enumerated() where argument.hasPrefix("-C") {
            if argument.count > 2 { return FilePath(String(argument.dropFirst(2))) }
            return index + 1 < arguments.count ? FilePath(arguments[index + 1]) : nil
        }
        return nil
    }

    /// The living process that a pid file names. A hint: whoever owns the folder wrote it. Links, FIFOs and long files say nothing.
    static func pid(in path: FilePath) -> Int32? {
        guard let name = path.lastComponent, let folder = try? Folder(path.removingLastComponent()),
            let bytes = try? folder.contents(of: name.string, limit: 64),
            let pid = Decimal.number(String(decoding: bytes, as: UTF8.self).split(separator: "\n").first?.trimmed.utf8 ?? "".utf8[...]),
            pid > 1, pid <= Int(Int32.max), ProcessFacts(pid: Int32(pid)).isAlive
        else { return nil }
        return Int32(pid)
    }
}

import Glibc
import TrustCore

/// Debian's fail2ban, unpacked in a scene's folder, with its filter `exim` at its defaults. Its jail bans nobody really.
package struct Fail2ban: Sendable {
    private let folder: SceneFolder
    private let packages: UnpackedPackages
    /// Its configuration, as it is in /etc.
    package var configuration: String { packages.root + "/etc/fail2ban" }

    /// Of this machine's Debian, or of `release`. The filter of Debian 12 does not read lines with Exim's fields about TLS, that of Debian 13
    /// does; so the first one is told how.
    package init(of release: String? = nil, in folder: SceneFolder) throws {
        self.folder = folder
        packages = try UnpackedPackages(["fail2ban"], of: release, in: folder)
        guard release == nil else { return }
        try File.write(
            configuration + "/filter.d/exim-common.local",
            "[Definition]\nhost_info_suf = (?::\\d+)?(?: [A-Za-z]{1,4}=\\S+)*\\s\n")
    }

    private var environment: [String: String] { ["PYTHONPATH": packages.root + "/usr/lib/python3/dist-packages"] }

    /// What `fail2ban-regex` finds in this log.
    package func filtered(_ log: String, by filter: String = "exim") throws -> (ignored: Int, matched: Int, text: String) {
        let run = try ProgramRun.run(
            "python3", [packages.root + "/usr/bin/fail2ban-regex", "--config", configuration, log, filter], environment: environment)
        guard let line = run.output.split(separator: "\n").last(where: { $0.hasPrefix("Lines: ") }) else {
            throw NothingCame(description: "\(run)")
        }
        let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 4 else { throw NothingCame(description: "\(run)") }
        return (numbers[1], numbers[2], "\(run)")
    }

    /// The jail of its server, which runs until `stop`.
    package struct Jail {
        fileprivate let server: ProgramRun
        fileprivate let folder: SceneFolder

        package var log: String { (try? folder.read("jail.log")) ?? "" }
        /// Who was banned, in order.
        package var banned: [String] { ((try? folder.read("jail.banned")) ?? "").split(separator: "\n").map(String.init) }
        /// How many lines of this address it has counted.
        package func counted(_ address: String) -> Int {
            log.split(separator: "\n").count { $0.contains(" Found \(address) ") }
        }

        package func stop() throws {
            server.send(SIGTERM)
            let ended = try server.wait()
            guard ended.exitCode == 0 else { throw NothingCame(description: "\(ended)\(log)") }
        }
    }

    /// Starts the server with one jail, `exim`, over this log. All is Debian's but that it writes down whom it bans, and that this machine's own
    /// addresses are like others: both sides of a test are here.
    package func startJail(over exim: String) throws -> Jail {
        let (log, banned) = (folder("jail.log"), folder("jail.banned"))
        let files = ["dbfile = None", "logtarget = \(log)", "socket = \(folder("jail.socket"))", "pidfile = \(folder("jail.pid"))"]
        try File.write(configuration + "/fail2ban.local", "[Definition]\n" + files.map { $0 + "\n" }.joined())
        try File.write(configuration + "/action.d/written-down.conf", "[Definition]\nactionban = echo <ip> >>\(banned)\n")
        try File.write(
            configuration + "/jail.local",
            """
            [DEFAULT]
            banaction = written-down
            ignoreself = false
            [sshd]
            enabled = false
            [exim]
            enabled = true
            backend = polling
            logpath = \(exim)

            """)
        let server = try ProgramRun(
            starting: "python3", [packages.root + "/usr/bin/fail2ban-server", "-xf", "-c", configuration, "start"],
            environment: environment)
        let jail = Jail(server: server, folder: folder)
        try waitUntil("fail2ban watches the log: \(server.errorsSoFar)") {
            guard server.isRunning else { throw NothingCame(description: "\(try server.wait())\(jail.log)") }
            return jail.log.contains("Jail 'exim' started")
        }
        return jail
    }
}

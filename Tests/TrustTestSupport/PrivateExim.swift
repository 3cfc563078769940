package import Glibc

/// A real Exim for one test, as a daemon on a loopback port.
package struct PrivateExim: Sendable {
    package static let binary = "/usr/sbin/exim4"

    /// In every test's configuration. Without it, an Exim whose port is still taken (by its predecessor, or by a queue run that holds its
    /// socket) tries again only every 30 seconds, and gives up after five minutes.
    package static let startup = "daemon_startup_sleep = 1s\ndaemon_startup_retries = 600"

    /// The lines of a main section that keep an Exim within `folder` and on its port.
    package static func ownLines(in folder: String, port: Int) -> String {
        """
        keep_environment =
        notifier_socket =
        \(startup)
        spool_directory = \(folder)/spool
        log_file_path = \(folder)/log/%slog
        pid_file_path = \(folder)/run/exim.pid
        local_interfaces = 127.0.0.1
        daemon_smtp_ports = \(port)
        """
    }

    /// Routers and transports that deliver all mail into one file.
    static func inbox(in folder: String) -> String {
        """
        begin routers

        everything:
          driver = accept
          transport = inbox

        begin transports

        inbox:
          driver = appendfile
          file = \(folder)/mail/inbox
          create_file = anywhere
          user = Debian-exim

        begin retry

        """
    }

    /// The file given with `-C`; nil: the one that Exim finds by itself.
    package let configuration: String?
    package let port: Int
    package let log: String
    package let pidFile: String
    /// The program, if it is not Debian's.
    package var program = binary
    /// The words before each command: none, or the command that enters a mount namespace.
    package var prefix: [String] = []

    package init(configuration: String?, port: Int, log: String, pidFile: String) {
        self.configuration = configuration
        self.port = port
        self.log = log
        self.pidFile = pidFile
    }

    /// Runs Exim once: `-bV`, `-bP macro …`, `-be …`.
    @discardableResult
    package func ask(_ arguments: String...) throws -> ProgramRun.Outcome { try run(arguments) }

    /// The result of `-bV`: whether Exim accepts the configuration.
    package func check() throws -> ProgramRun.Outcome { try run(["-bV"]) }

    /// Starts the daemon as init scripts do, and waits until it greets.
    package func start() throws {
        let started = try run(["-bd", "-q30m"])
        guard started.exitCode == 0 else { throw NothingCame(description: "\(started)") }
        try waitUntilItGreets()
    }

    /// The daemon's process: the number in its pid file, if that process is Exim.
    package var pid: pid_t? {
        guard let text = try? File.read(pidFile), let pid = pid_t(text.prefix { $0.isNumber }) else { return nil }
        return SceneProcesses.program(of: pid) == program ? pid : nil
    }

    /// Waits until a client gets the greeting.
    package func waitUntilItGreets() throws {
        try waitUntil("Exim greets on port \(port); its log:\n\(logText)\(panicText)") { LoopbackPort.greets(port) }
    }

    /// Makes the daemon reload its configuration, and waits until it has.
    package func reload() throws {
        guard let pid else { throw NothingCame(description: "Exim is not running") }
        let before = starts
        kill(pid, SIGHUP)
        try waitUntil("Exim restarts; its log:\n\(logText)\(panicText)", within: .seconds(120)) { starts > before }
        try waitUntilItGreets()
    }

    /// Ends the daemon, and waits until it is gone.
    package func stop() throws {
        guard let pid else { return }
        kill(pid, SIGTERM)
        // Gone, not only dead: its pid file may stay, and must not name a living process.
        try waitUntil("Exim \(pid) ends") { Glibc.kill(pid, 0) != 0 }
    }

    package var logText: String { (try? File.read(log)) ?? "" }
    package var panicText: String { (try? File.read(log.dropping(suffix: "mainlog") + "paniclog")) ?? "" }

    /// A client of this Exim.
    package var client: RelayClient { RelayClient(port: port) }

    /// How often the daemon has started, by its log.
    private var starts: Int { logText.split(separator: "\n").count { $0.contains("daemon started: pid=") } }

    private func run(_ arguments: [String]) throws -> ProgramRun.Outcome {
        let command = prefix + [program] + (configuration.map { ["-C", $0] } ?? []) + arguments
        return try ProgramRun.run(command[0], Array(command.dropFirst()))
    }
}

extension String {
    fileprivate func dropping(suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}

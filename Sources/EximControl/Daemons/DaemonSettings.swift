package import Host
package import SystemPackage
import TrustCore

/// What Exim's configuration says about its daemon.
package struct DaemonSettings {
    /// The name or the number of Exim's user and group.
    package var user: String?
    var group: String?
    /// Where its mail waits.
    var spool: FilePath?
    /// Where a daemon writes its number.
    package var pidFile: FilePath?
    /// On which the daemon listens.
    var ports: Set<UInt16> = []
    /// Those on which TLS comes first.
    var tlsPorts: Set<UInt16> = []

    /// The options of `exim -bP` that tell it.
    static let options = [
        "exim_user", "exim_group", "spool_directory", "pid_file_path", "daemon_smtp_ports", "tls_on_connect_ports", "local_interfaces",
    ]

    init() {}

    init(answer: Program.Result) {
        for line in String(decoding: answer.output, as: UTF8.self).split(separator: "\n") {
            if let user = line.value(of: "exim_user") { self.user = user }
            if let group = line.value(of: "exim_group") { self.group = group }
            if let path = line.value(of: "pid_file_path"), path.hasPrefix("/") { pidFile = FilePath(path) }
            if let path = line.value(of: "spool_directory"), path.hasPrefix("/") { spool = FilePath(path) }
            if let value = line.value(of: "tls_on_connect_ports") { tlsPorts = ServicePorts.all(in: value) }
            for name in ["daemon_smtp_ports", "local_interfaces"] { ports.formUnion(ServicePorts.all(in: line.value(of: name) ?? "")) }
        }
        ports.formUnion(tlsPorts)
        // An Exim that was built without a place for it prints an empty one (src/daemon.c, `set_pid_file_path`).
        if pidFile == nil { pidFile = spool?.appending("exim-daemon.pid") }
    }

    /// Exim's user with the groups that its daemon has; nil when there is no such user.
    package var account: Account? {
        guard let user, var account = Account(named: user) else { return nil }
        if let group, let own = Account.group(named: group) { account.group = own }
        return account
    }
}

extension EximProgram {
    /// What Exim says about its daemon, with its configuration as it is on the disk.
    package func daemonSettings() throws(EximError) -> DaemonSettings {
        DaemonSettings(answer: try run(Program(binary, options + ["-bP"] + DaemonSettings.options)))
    }
}

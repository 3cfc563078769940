import Host
package import SystemPackage
import TrustCore

/// What Exim's configuration says about its daemon.
package struct DaemonSettings {
    /// The name or the number of Exim's user.
    package var user: String?
    package var pidFile: FilePath?
    /// On which the daemon listens, as far as they are numbers.
    var ports: Set<UInt16> = []

    package init(user: String? = nil, pidFile: FilePath? = nil) {
        self.user = user
        self.pidFile = pidFile
    }

    /// The options of `exim -bP` that tell it.
    static let options = ["exim_user", "pid_file_path", "daemon_smtp_ports", "tls_on_connect_ports"]

    init(answer: Program.Result) {
        for line in String(decoding: answer.output, as: UTF8.self).split(separator: "\n") {
            if let user = line.value(of: "exim_user") { self.user = user }
            if let path = line.value(of: "pid_file_path"), path.hasPrefix("/") { pidFile = FilePath(path) }
            for name in ["daemon_smtp_ports", "tls_on_connect_ports"] {
                ports.formUnion(ServicePorts.numbers(in: line.value(of: name) ?? ""))
            }
        }
    }
}

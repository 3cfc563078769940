import Host
import SystemPackage

/// The command line of a running daemon, as the kernel keeps it.
struct DaemonArguments {
    let all: [String]

    init(_ all: [String]) { self.all = all }

    /// The file of `-C FILE` or `-CFILE`; nil without one. Of several Exim takes the last.
    var configuration: FilePath? {
        guard let index = all.lastIndex(where: { $0.hasPrefix("-C") }) else { return nil }
        if all[index].count > 2 { return FilePath(String(all[index].dropFirst(2))) }
        return index + 1 < all.count ? FilePath(all[index + 1]) : nil
    }

    /// Whether they start a daemon that listens.
    var isDaemon: Bool { isSocketActivated || all.contains { $0.hasPrefix("-bd") } }

    /// Whether it got its listening socket as standard input from inetd or systemd (`-bw`). A HUP ends it: what it executes then is no
    /// socket any more. Whoever gave it the socket starts it again when the next client connects.
    var isSocketActivated: Bool { all.contains { $0.hasPrefix("-bw") } }

    /// Whether it speaks TLS first on all of its ports, whatever its configuration says.
    var hasTLSFirst: Bool { all.contains("-tls-on-connect") }

    /// The ports that `-oX` names, in place of those of the configuration.
    var ports: Set<UInt16> {
        guard let index = all.lastIndex(of: "-oX"), index + 1 < all.count else { return [] }
        return ServicePorts.all(in: all[index + 1])
    }

    /// Whether the daemon stays in the foreground: then the process that was started is the daemon itself.
    var isInForeground: Bool { all.contains("-bdf") }

    /// A macro that overrides the configuration's files.
    var macro: String? { all.first { $0.hasPrefix("-D") } }

    /// The arguments that start the daemon again as it ran; nil when it ran with an option that is not repeated.
    ///
    /// The attack: Exim's user starts a daemon as a decoy, with a configuration or a pid file of their own after `-C` or `-oP`, ends it when
    /// we reload, and has us start it again as root. So no value is taken from a process: its flags only tell which of our own values apply.
    func repeated(configuration: FilePath?, pidFile: FilePath?) -> [String]? {
        var arguments = configuration.map { ["-C", $0.string] } ?? []
        var rest = all.dropFirst()
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
}

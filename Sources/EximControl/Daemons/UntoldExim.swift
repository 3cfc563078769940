import Host
package import SystemPackage
import TrustCore

/// A process that may serve mail with the list, and that trustctl cannot have read a change of it.
package struct UntoldExim: Equatable, Sendable {
    package let pid: Int32
    package let why: Why

    package enum Why: Equatable, Sendable {
        /// It may have read the old list already, and will serve with it as soon as its port is free.
        case starting
        /// A macro on its command line overrides every file, and is not in what Exim checks.
        case macro(String)
        /// It listens only on these ports, which its configuration does not name.
        case otherPorts([UInt16])
        /// It belongs to another unit than trustd.conf says.
        case unit(String?, wanted: String)
        /// It was started with `-bw`, and nobody is seen who would start it again.
        case nobodyHoldsItsSocket
        /// Which program it runs cannot be seen.
        case hidden(mayExamineOthers: Bool)
        /// The pid file names it, and it is another program.
        case stranger(String, pidFile: FilePath)
        /// It reads the list by another main configuration; nil when that is not known.
        case reader(FilePath?)
        /// It was told, and did not do it.
        case failed(String)
    }

    /// Whether it is certain that it has nothing to do with our list. The attack: Exim's user, who owns the folder of the pid file, writes
    /// the number of any process into it, so that a revoke is refused.
    package var isStranger: Bool { if case .stranger = why { true } else { false } }

    /// Whether it is known to read the list by a configuration that trustd.conf does not name: none of ours is in doubt then.
    package var isReader: Bool { if case .reader = why { true } else { false } }

    package var reason: String {
        let exim = "exim (process \(pid))"
        switch why {
        case .starting: return "\(exim) is starting, and does not listen yet"
        case .macro(let macro): return "\(exim) was started with \(Printable(macro, limit: 80)), which its files do not show"
        case .otherPorts(let ports):
            let ports = ports.map(String.init).joined(separator: ", ")
            return "\(exim) listens on port \(ports), which its configuration does not name"
        case .unit(let unit, let wanted):
            return "\(exim) belongs to \(unit ?? "no unit"), but trustd.conf says reload = systemd:\(wanted)"
        case .nobodyHoldsItsSocket:
            return "\(exim) was started with -bw, so a reload ends it, and no other process holds its socket and would start it again"
        case .hidden(mayExamineOthers: true): return "\(exim) cannot be examined"
        case .hidden(mayExamineOthers: false):
            return "\(exim) cannot be examined: trustctl lacks the capability CAP_SYS_PTRACE here, as in many containers"
        case .stranger(let name, let file):
            return "\(file) names process \(pid), which is \(name) and not the exim of this configuration"
        case .reader(let configuration?):
            return "\(exim) reads the list too, by \(Printable(configuration.string, limit: 200)), and trustctl does not reload it"
        case .reader(nil): return "\(exim) has read the list too, by a configuration that cannot be found, and trustctl does not reload it"
        case .failed(let words): return words
        }
    }

    package var hint: String {
        switch why {
        case .starting: "wait until it serves, or end it; then repeat the command"
        case .macro: "put the macro into Exim's configuration, and start exim without it"
        case .otherPorts: "`kill -HUP \(pid)` if it is yours; then repeat the command"
        case .unit: "see `reload` in trustd.conf(5)"
        case .nobodyHoldsItsSocket: "restart it by what started it, or set `reload = none` in trustd.conf"
        case .hidden(mayExamineOthers: true):
            "find out what keeps root from it, or set `reload = none` in trustd.conf and reload Exim yourself"
        case .hidden(mayExamineOthers: false):
            "give the container that capability (docker run --cap-add SYS_PTRACE), or set `reload = none` in trustd.conf and reload Exim"
                + " yourself after each change"
        case .stranger: "if Exim does not run, remove the stale pid file; see `reload` in trustd.conf(5)"
        case .reader(let configuration?):
            "`also = \(Printable(configuration.string, limit: 200))` in trustd.conf has trustctl check and reload it too; by hand: `kill -HUP"
                + " \(pid)`"
        case .reader(nil): "`kill -HUP \(pid)` has it read its configuration; end it if you do not know it"
        case .failed: "see Exim's paniclog for the reason; `kill -HUP \(pid)` has it read the list"
        }
    }
}

/// The daemons that were found.
package struct EximDaemons {
    /// Those that can be reloaded.
    package var told: [EximDaemon] = []
    /// Those that cannot, and others that read the list.
    package var untold: [UntoldExim] = []

    package init(told: [EximDaemon] = [], untold: [UntoldExim] = []) { (self.told, self.untold) = (told, untold) }

    /// Why nothing may change as long as these daemons are as they are; nil when it may.
    ///
    /// The attack: Exim's user, or anybody, starts a decoy, so that a stolen certificate cannot be revoked. So what takes trust away
    /// (`insisting`) is done where it can be done, and the rest is named afterwards. Only when nothing at all could be told, and what runs
    /// is not certain to be another one, it is refused.
    package func obstacle(insisting: Bool) -> UntoldExim? {
        if !insisting { return untold.first }
        return told.isEmpty ? untold.first { !$0.isReader } : nil
    }
}

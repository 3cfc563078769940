package import Host
package import SystemPackage

/// What Exim, or the attempt to reach it, had to say.
package enum EximError: Error, Equatable, CustomStringConvertible {
    /// There is no Exim where we look for one.
    case missing([FilePath])
    case cannotRun(String)
    /// The kernel lets us make no mount namespace here; the other way of checking is tried.
    case mountNotPermitted(String)
    /// Exim would not start with the candidate; its own words.
    case refused(String)
    /// The macro does not reach Exim, or does not hold a plain list there.
    case notInEffect(String)
    /// The list is the file that update-exim4.conf writes.
    case generated(FilePath)
    /// What the pid file names, or how the daemon was started, makes a reload unsafe.
    case unsafeDaemon(String)
    /// The daemon died when it was told to reload.
    case died(pid: Int32)
    case notReloaded(String)
    case notStarted(String)

    package var description: String {
        switch self {
        case .missing(let places): "no exim at \(places.map(\.string).joined(separator: ", "))"
        case .cannotRun(let reason), .mountNotPermitted(let reason), .notInEffect(let reason), .unsafeDaemon(let reason),
            .notReloaded(let reason), .notStarted(let reason):
            reason
        case .refused(let words): "exim said: \(words)"
        case .generated(let path): "\(path) is written anew by update-exim4.conf: the list must be in one of its sources"
        case .died(let pid): "exim (process \(pid)) died when it was told to reload"
        }
    }
}

extension EximError {
    package init(_ error: ProgramError) {
        if case .mountNotPermitted = error { self = .mountNotPermitted(error.description) } else { self = .cannotRun(error.description) }
    }
}

extension Failure {
    package init(_ error: EximError) {
        switch error {
        case .refused:
            self.init(error.description, .refused, hint: "mend Exim's configuration, check it with `exim -bV`, then repeat the command")
        case .notInEffect:
            self.init(
                error.description, .refused,
                hint: "Exim's main configuration must include the list, and nothing behind it may define \(ListForm.macroName) again")
        case .missing: self.init(error.description, .notSound, hint: "say where it is with `exim = PATH` in trustd.conf")
        case .generated: self.init(error.description, .notSound, hint: "name a source of it with `list = PATH` in trustd.conf")
        case .cannotRun, .mountNotPermitted: self.init(error.description, .notSound)
        case .unsafeDaemon:
            self.init(error.description, .notSound, hint: "if Exim does not run, remove the stale pid file; see `reload` in trustd.conf(5)")
        case .died, .notReloaded, .notStarted:
            self.init(error.description, .notReloaded, hint: "Exim's paniclog tells why")
        }
    }
}

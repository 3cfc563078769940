import SystemPackage
import TrustCore

/// What a change of trust asks of Exim.
protocol Exim {
    /// What Exim would trust if it read its whole real configuration with candidates in live files' places; nil when it would know no
    /// RELAY_FROM_CERTS there. Throws Exim's own words when it would not start with that.
    func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> Set<Fingerprint>?
    /// What Exim trusts when it reads its configuration as it lies on the disk.
    func trusted() throws(EximError) -> Set<Fingerprint>?
    /// The daemons that run with this configuration, looked for after `trusted`: none when Exim does not run. Throws when what the pid
    /// file names is not Exim, for that must not be sent a signal.
    func daemons() throws(EximError) -> [EximDaemon]
    /// Returns when every one of `daemons` has read the configuration that lies on the disk and answers. The moment, by `BootClock`: what
    /// they began to serve later is served with it; nil when nobody was told.
    func reload(_ daemons: [EximDaemon]) throws(EximError) -> Double?
    /// Like `reload`, and starts those that died again the way they ran.
    func revive(_ daemons: [EximDaemon]) throws(EximError)
}

/// A running Exim daemon, known by more than its number.
struct EximDaemon: Equatable, Sendable {
    let pid: Int32
    /// Its command line, as the kernel kept it.
    let arguments: [String]
    /// The systemd service that it belongs to, when systemd is to reload it.
    var unit: String?
}

/// What Exim, or the attempt to reach it, had to say.
enum EximError: Error, Equatable, CustomStringConvertible {
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

    var description: String {
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

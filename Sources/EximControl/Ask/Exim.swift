package import Host
import SystemPackage
package import TrustCore

/// What a change of trust asks of Exim.
package protocol Exim {
    /// What Exim would trust if it read its whole real configuration with candidates in live files' places; nil when it would know no
    /// RELAY_FROM_CERTS there. Throws Exim's own words when it would not start with that.
    func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> Set<Fingerprint>?
    /// What Exim trusts when it reads its configuration as it lies on the disk.
    func trusted() throws(EximError) -> Set<Fingerprint>?
    /// The daemons that run with this configuration, looked for after `trusted`: none when Exim does not run. Throws when what the pid
    /// file names is not Exim, for that must not be sent a signal.
    func daemons() throws(EximError) -> [EximDaemon]
    /// Returns when every one of `daemons` has read the configuration that lies on the disk and answers. The moment, by `Clock.boot`: what
    /// they began to serve later is served with it; nil when nobody was told.
    func reload(_ daemons: [EximDaemon]) throws(EximError) -> Duration?
    /// Like `reload`, and starts those that died again the way they ran.
    func revive(_ daemons: [EximDaemon]) throws(EximError)
}

/// A running Exim daemon, known by more than its number.
package struct EximDaemon: Equatable, Sendable {
    package let pid: Int32
    /// Its command line, as the kernel kept it.
    package let arguments: [String]
    /// The systemd service that it belongs to, when systemd is to reload it.
    package var unit: String?
}

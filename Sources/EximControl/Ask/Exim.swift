package import Host
import SystemPackage
package import TrustCore

/// What a change of trust asks of Exim.
package protocol Exim {
    /// What Exim would trust if it read its whole real configuration with candidates in live files' places; nil when it would know no trust
    /// list. Throws `refused` with Exim's own words when it would not start.
    func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> Set<Fingerprint>?
    /// The macros that change one of `fingerprints` where Exim uses the list, by what it answered to `trusted` last.
    func alterations(of fingerprints: Set<Fingerprint>) throws(EximError) -> [HashAlteration]
    /// What Exim trusts with the configuration that is on the disk.
    func trusted() throws(EximError) -> Set<Fingerprint>?
    /// The daemons that run with this configuration; none when Exim does not run. Ask `trusted` first. Throws when the pid file names a
    /// process that is not Exim: it must not be sent a signal.
    func daemons() throws(EximError) -> [EximDaemon]
    /// Returns when all of `daemons` have read the configuration that is on the disk and answer. The moment, by `Clock.boot`: sessions that
    /// began later use that configuration. Nil when no daemon was reloaded.
    func reload(_ daemons: [EximDaemon]) throws(EximError) -> Duration?
    /// Like `reload`, and starts daemons that died again, with the options with which they ran.
    func revive(_ daemons: [EximDaemon]) throws(EximError)
}

/// A running Exim daemon, identified by more than its number.
package struct EximDaemon: Equatable, Sendable {
    package let pid: Int32
    /// Its command line, as the kernel kept it.
    package let arguments: [String]
    /// The systemd service through which it is reloaded; nil when it gets a HUP.
    package var unit: String?
}

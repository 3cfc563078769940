package import Host
package import SystemPackage
package import TrustCore

/// What a change of trust asks of Exim.
package protocol Exim {
    /// What Exim would trust if it read its whole real configuration with candidates in live files' places; nil when it would know no trust
    /// list. Throws `refused` with Exim's own words when it would not start.
    func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> ListContent?
    /// The macros that change one of `fingerprints` where Exim uses the list, by what it answered to `trusted` last.
    func alterations(of fingerprints: Set<Fingerprint>) throws(EximError) -> [HashAlteration]
    /// What Exim trusts with the configuration that is on the disk.
    func trusted() throws(EximError) -> ListContent?
    /// Whether Exim's user finds each of the names in the folder of a list in folder form. Throws `notFound` when Exim cannot look there.
    func found(_ names: [Fingerprint], in folder: FilePath) throws(EximError) -> [Bool]
    /// The folder in which the rules look for the revoked clients of a CA; nil where they trust none.
    func revokedFolder() throws(EximError) -> FilePath?
    /// The daemons that run with this configuration, and others that read the list; none when Exim does not run. Ask `trusted` first.
    func daemons() throws(EximError) -> EximDaemons
    /// Returns when all of `daemons` have read the configuration that is on the disk and answer. With `insisting` those that failed are
    /// returned when at least one did; otherwise it throws.
    func reload(_ daemons: [EximDaemon], insisting: Bool) throws(EximError) -> Reloading
    /// Like `reload`, and starts daemons that died again, with the options with which they ran.
    func revive(_ daemons: [EximDaemon]) throws(EximError)
    /// Asks a new connection, where no daemon runs: what starts Exim for each one, so that it reads the list then. Nil when nobody does.
    func starter() throws(EximError) -> String?
    /// Which of `lost` the process still trusts, and others that are no longer in the list; nil when that cannot be told. Empty for one
    /// that has ended.
    func stillTrusted(by other: UntoldExim, losing lost: Set<Fingerprint>, list: ListContent?) -> Set<Fingerprint>?
    /// Returns when no session is open that began before this moment, by `Clock.boot`, or after ten seconds: until it ends, such a session
    /// uses the configuration with which it began.
    func waitForSessions(begunBefore moment: Duration)
}

/// A running Exim daemon, identified by more than its number.
package struct EximDaemon: Equatable, Sendable {
    package let pid: Int32
    /// Its command line, as the kernel kept it.
    package let arguments: [String]
    /// The configuration that it runs with.
    package var main: FilePath?
    /// The systemd service through which it is reloaded; nil when it gets a HUP.
    package var unit: String?
}

/// What came of telling daemons.
package struct Reloading {
    /// When the last of them had read it, by `Clock.boot`: sessions that began later use that configuration. Nil when none was told.
    package var moment: Duration?
    /// Those that failed.
    package var left: [UntoldExim] = []

    package init(moment: Duration? = nil, left: [UntoldExim] = []) { (self.moment, self.left) = (moment, left) }
}

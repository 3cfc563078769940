package import Host
package import SystemPackage
package import TrustCore

/// The Exim of this machine with its daemons: what `Exim` asks, done by the program, the daemon search and the reload.
package final class LocalExim: Exim {
    package let program: EximProgram
    private let reloading: Configuration.Reload
    private let progress: Progress
    /// The files that Exim was asked about last.
    private var live: [FilePath] = []
    /// What Exim said about its daemon then.
    private var settings = DaemonSettings()
    /// The macros that could change a hash, by the same answer.
    private var macros: [String] = []

    /// `scratch` is a folder that only root may write.
    package init(_ configuration: Configuration, scratch: FilePath, progress: Progress = .silent) throws(EximError) {
        program = try EximProgram(configuration, scratch: scratch)
        reloading = configuration.reload
        self.progress = progress
    }

    private var search: DaemonSearch { DaemonSearch(program, reloading: reloading, settings: settings) }
    private var daemonReload: DaemonReload { DaemonReload(search: search, live: live, progress: progress) }

    package func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> Set<Fingerprint>? {
        live = substitutions.map(\.live)
        let answer = try program.answer(with: substitutions)
        settings = answer.settings
        macros = answer.macros
        return try answer.list?.fingerprints
    }

    package func alterations(of fingerprints: Set<Fingerprint>) throws(EximError) -> [HashAlteration] {
        try program.alterations(of: fingerprints, by: macros)
    }

    package func trusted() throws(EximError) -> Set<Fingerprint>? { try program.trusted() }

    package func daemons() throws(EximError) -> [EximDaemon] { try search.daemons() }

    package func reload(_ daemons: [EximDaemon]) throws(EximError) -> Duration? { try daemonReload.reload(daemons) }

    package func revive(_ daemons: [EximDaemon]) throws(EximError) { try daemonReload.revive(daemons) }

    /// The connections that Exim serves now, whoever started it.
    package func openConnections() throws(EximError) -> OpenConnections {
        // Exim's own answer tells its user and its ports.
        _ = try trusted(with: [])
        return try ConnectionSearch(search: search).connections()
    }
}

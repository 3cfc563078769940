import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// The Exim of this machine with its daemons: what `Exim` asks, done by the program, the daemon search and the reload.
package final class LocalExim: Exim {
    package let program: EximProgram
    private let list: FilePath
    private let reloading: Configuration.Reload
    private let progress: Progress
    /// The configurations that trustd.conf names with `also`.
    private let others: [EximProgram]
    /// The files that Exim was asked about last.
    private var live: [FilePath] = []
    /// What Exim answered then, with each configuration.
    private var answers: [EximProgram.Answer] = []
    /// Of its daemon, when it was asked for nothing else.
    private var settings: DaemonSettings?

    /// `scratch` is a folder that only root may write.
    package init(_ configuration: Configuration, scratch: FilePath, progress: Progress = .silent) throws(EximError) {
        program = try EximProgram(configuration, scratch: scratch, progress: progress)
        list = ResolvedPath(orAsWritten: configuration.list).filePath
        reloading = configuration.reload
        self.progress = progress
        var others: [EximProgram] = []
        for path in configuration.also {
            var also = configuration
            also.eximConfiguration = path
            others.append(try EximProgram(also, scratch: scratch, progress: progress))
        }
        self.others = others
    }

    /// The program with each of the configurations: first that of `exim_config`.
    package var programs: [EximProgram] { [program] + others }

    private var searches: [DaemonSearch] {
        get throws(EximError) {
            // A unit or a pid file in trustd.conf is that of the first.
            let others: Configuration.Reload = reloading == .none ? .none : .auto
            var searches: [DaemonSearch] = []
            for (index, program) in programs.enumerated() {
                let settings = if index < answers.count { answers[index].settings } else { try program.daemonSettings() }
                searches.append(DaemonSearch(program, reloading: index == 0 ? reloading : others, settings: settings))
            }
            return searches
        }
    }

    private var daemonReload: DaemonReload {
        get throws(EximError) { DaemonReload(searches: try searches, live: live, progress: progress) }
    }

    package func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> ListContent? {
        live = substitutions.map(\.live)
        answers = [try program.answer(with: substitutions)]
        let list = try answers[0].list?.content
        for other in others {
            let theirs = try answer(of: other) { () throws(EximError) in
                answers.append(try other.answer(with: substitutions))
                return try answers[answers.count - 1].list?.content
            }
            try check(other, theirs, list)
        }
        return list
    }

    package func alterations(of fingerprints: Set<Fingerprint>) throws(EximError) -> [HashAlteration] {
        var all: [HashAlteration] = []
        for (program, answer) in zip(programs, answers) { all += try program.alterations(of: fingerprints, by: answer.macros) }
        return all
    }

    package func trusted() throws(EximError) -> ListContent? {
        let (list, settings) = try program.trustedBySettings()
        self.settings = settings
        for other in others {
            try check(other, try answer(of: other) { () throws(EximError) in try other.trusted() }, list)
        }
        return list
    }

    /// An answer of Exim with a configuration of `also`, which a failure names.
    private func answer<Answer>(of other: EximProgram, _ question: () throws(EximError) -> Answer) throws(EximError) -> Answer {
        do { return try question() } catch { throw .also(other.configuration ?? "", "\(error)") }
    }

    private func check(_ other: EximProgram, _ theirs: ListContent?, _ list: ListContent?) throws(EximError) {
        guard theirs != list else { return }
        throw .also(
            other.configuration ?? "",
            theirs == nil ? "it knows no \(ListForm.macroName)" : "it would not trust the same certificates as the first configuration")
    }

    package func daemons() throws(EximError) -> EximDaemons {
        if reloading == .none { return EximDaemons() }
        let searches = try searches
        var all = EximDaemons()
        for search in searches {
            let found = try search.daemons()
            all.told += found.told
            all.untold += found.untold
        }
        let known = Set(all.told.map(\.pid) + all.untold.filter { !$0.isStranger }.map(\.pid))
        let readers = try otherReaders(searches).daemons().filter { !known.contains($0.pid) }
        all.untold.removeAll { stranger in readers.contains { $0.pid == stranger.pid } }
        all.untold += readers
        return all
    }

    private func otherReaders(_ searches: [DaemonSearch]) -> OtherReaders {
        let bytes = try? LocalFileSystem().contents(of: list)
        return OtherReaders(searches: searches, list: list, digests: DigestSearch.digests(in: (bytes ?? nil) ?? []))
    }

    package func reload(_ daemons: [EximDaemon], insisting: Bool) throws(EximError) -> Reloading {
        try daemonReload.reload(daemons, insisting: insisting)
    }

    package func revive(_ daemons: [EximDaemon]) throws(EximError) { try daemonReload.revive(daemons) }

    package func starter() throws(EximError) -> String? {
        if reloading == .none { return nil }
        for search in try searches { if let starter = try ConnectionStarter(search: search).found() { return starter } }
        return nil
    }

    package func found(_ names: [Fingerprint], in folder: FilePath) throws(EximError) -> [Bool] {
        let settings = if let known = answers.first?.settings ?? settings { known } else { try program.daemonSettings() }
        return try FolderProof(program: program, settings: settings).found(names, in: folder)
    }

    package func revokedFolder() throws(EximError) -> FilePath? {
        let values = try program.values(options: [], macros: [WayOfTrust.macroName, WayOfTrust.revokedName])
        guard values[WayOfTrust.macroName].flatMap(WayOfTrust.init) == .authority else { return nil }
        return values[WayOfTrust.revokedName].map { ResolvedPath(orAsWritten: FilePath($0)).filePath }
    }

    package func stillTrusted(
        by other: UntoldExim, losing lost: Set<Fingerprint>, list: ListContent?
    ) -> Set<Fingerprint>? {
        let process = ProcessFacts(pid: other.pid)
        switch list {
        case .listed(let list): return StaleMemory(process: process).fingerprints(losing: lost, list: list)
        case nil: return StaleMemory(process: process).fingerprints(losing: lost, list: [])
        // What is in the folder counts for a process with an older list too.
        case .folder(let path):
            return StaleMemory(process: process).fingerprints(
                losing: lost, list: Set((try? ApprovedFolder(path).names())?.fingerprints ?? []))
        }
    }

    /// The connections that Exim serves now, whoever started it.
    package func openConnections() throws(EximError) -> OpenConnections {
        // Exim's own answer tells its user and its ports.
        _ = try trusted(with: [])
        return try ConnectionSearch(searches: searches).connections()
    }

    /// A session is one client's mail: few take longer than this, and those are deferred and come again.
    private static let patienceWithSessions = Duration.seconds(10)

    package func waitForSessions(begunBefore moment: Duration) {
        // A process that began in this tick of the clock may be one of them.
        guard let older = try? openConnections().served.filter({ $0.began <= moment }), !older.isEmpty else { return }
        let deadline = Clock.monotonic + Self.patienceWithSessions
        var wait = SlowWait { [progress] in progress.wait("waiting for sessions that look into the folder to end") }
        while older.contains(where: { $0.process.isAlive && !$0.isOver }), Clock.monotonic < deadline {
            wait.look()
            usleep(20_000)
        }
    }
}

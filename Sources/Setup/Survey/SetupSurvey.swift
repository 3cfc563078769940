package import EximControl
package import Host
package import SystemPackage
package import TrustCore

/// Asks this host's Exim what its configuration says, as it would be without setup. The files that it is asked with lie in a scratch
/// folder.
package struct SetupSurvey {
    let configuration: Configuration
    package let files: ConfigurationFiles
    /// trustd.conf, without symbolic links.
    let settings: FilePath
    private let folder: ScratchFolder
    private let progress: Progress

    /// Makes the scratch folder. `record` is that of an earlier setup, `settings` is trustd.conf.
    package init(_ configuration: Configuration, settings: FilePath, record: SetupRecord?, progress: Progress = .silent) throws(Failure) {
        self.configuration = configuration
        files = ConfigurationFiles(record: record)
        self.settings = files.resolved(settings)
        folder = ScratchFolder(in: configuration.ledger)
        self.progress = progress
        try resume()
    }

    /// Makes the scratch folder if it is not there.
    package func resume() throws(Failure) {
        do throws(SystemError) { try folder.make() } catch { throw Failure(error) }
    }

    /// Removes the scratch folder.
    package func pause() { folder.clear() }

    package var scratch: FilePath { folder.path }

    /// Exim as it is.
    func exim() throws(EximError) -> EximProgram { try EximProgram(configuration, scratch: scratch, progress: progress) }

    package func exim(with candidates: [Program.Substitution]) throws(EximError) -> EximWithCandidates {
        try EximWithCandidates(configuration, candidates, scratch: scratch, progress: progress)
    }

    /// Exim as it would be without setup: what it answers must not be about our own lines.
    package func eximWithoutSetup() throws(Failure) -> EximWithCandidates {
        let candidates = try originals()
        return try asking { () throws(EximError) in try exim(with: candidates) }
    }

    /// The files that setup has changed, as they were. Only Exim's: not the trust list, and not trustd.conf.
    private func originals() throws(Failure) -> [Program.Substitution] {
        var candidates: [Program.Substitution] = []
        for (index, entry) in (files.record?.files ?? []).enumerated()
        where !entry.isList && !entry.isServerCertificate && entry.file != settings {
            guard let now = try files.now(entry.file) else { continue }
            let base = try entry.base(now: now)
            guard base != now else { continue }
            let candidate = scratch.appending("base.\(index)")
            do { try LocalFileSystem().create(candidate, base ?? [], like: entry.file, access: .open) } catch { throw Failure(error) }
            candidates.append(.init(candidate: candidate, live: entry.file))
        }
        return candidates
    }

    /// Runs a question to Exim whose failure ends the setup.
    package func asking<Answer>(_ question: () throws(EximError) -> Answer) throws(Failure) -> Answer {
        do { return try question() } catch { throw Failure(error) }
    }

    /// The file that Exim reads first.
    package func mainConfiguration() throws(Failure) -> FilePath {
        try asking { () throws(EximError) in try exim().mainConfiguration() }
    }

    /// What Exim trusts now; nil when it knows no trust list, or there is no Exim.
    package func trusted() throws(Failure) -> ListContent? {
        guard EximProgram.place(configuration) != nil else { return nil }
        return try asking { () throws(EximError) in try exim().trusted() }
    }

    /// What Exim would trust without setup; nil when it would know no trust list, or there is no Exim.
    func trustedWithoutSetup() throws(Failure) -> ListContent? {
        guard EximProgram.place(configuration) != nil else { return nil }
        let exim = try eximWithoutSetup()
        return try asking { () throws(EximError) in
            let list = try exim.answers(options: ["spool_directory"], macros: [ListForm.macroName]).list
            return try list.map { value throws(EximError) in try value.content }
        }
    }

    /// The group as which Exim runs; nil when it is not known, or there is no Exim.
    package func group() throws(Failure) -> UInt32? {
        guard EximProgram.place(configuration) != nil else { return nil }
        let name = try asking { () throws(EximError) in try exim().values(options: ["exim_group"])["exim_group"] }
        return name.flatMap { Account.group(named: $0) }
    }
}

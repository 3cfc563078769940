import Glibc
import SystemPackage
import TrustCore

/// Finds out what is there, by asking Exim how its configuration would be without setup, and plans.
final class SetupSurvey {
    let configuration: Configuration
    /// trustd.conf, without symbolic links.
    let settings: FilePath
    let record: SetupRecord?
    private let folder: SurveyFolder

    init(_ configuration: Configuration, settings: FilePath, record: SetupRecord?) throws(Failure) {
        self.configuration = configuration
        self.settings = settings
        self.record = record
        folder = SurveyFolder(in: configuration.ledger)
        try makeScratch()
    }

    func makeScratch() throws(Failure) {
        do throws(SystemError) { try folder.make() } catch { throw Failure(Cause(error)) }
    }

    func clear() { folder.clear() }

    func read(_ path: FilePath) throws(Failure) -> [UInt8]? {
        do throws(SystemError) { return try LocalFileSystem().contents(of: path) } catch {
            if error.isMissing { return nil }
            throw Failure(Cause(error))
        }
    }

    /// A file as it would be without setup.
    func base(_ path: FilePath) throws(Failure) -> [UInt8]? {
        let now = try read(path)
        guard let entry = record?[path] else { return now }
        return try entry.base(now: now)
    }

    /// Candidates that put everything back: Exim's answers must be about what is not ours.
    func basics() throws(Failure) -> [Program.Substitution] {
        var substitutions: [Program.Substitution] = []
        for (index, entry) in (record?.files ?? []).enumerated() where !entry.isList && entry.file != settings {
            guard let now = try read(entry.file) else { continue }
            let base = try entry.base(now: now)
            guard base != now else { continue }
            let candidate = scratch("base.\(index)")
            do { try LocalFileSystem().create(candidate, base ?? [], like: entry.file, access: .open) } catch {
                throw Failure(Cause(error))
            }
            substitutions.append(.init(candidate: candidate, live: entry.file))
        }
        return substitutions
    }

    /// Runs what may have Exim's words as its error.
    func asking<Result>(_ body: () throws(EximError) -> Result) throws(Failure) -> Result {
        do { return try body() } catch { throw Failure(Cause(error)) }
    }

    func scenery(_ substitutions: [Program.Substitution]) throws(Failure) -> EximScenery {
        try asking { () throws(EximError) in try EximScenery(configuration, substitutions, scratch: folder.path) }
    }

    /// A place for what is only looked at.
    func scratch(_ name: String) -> FilePath { name.isEmpty ? folder.path : folder.path.appending(name) }

    func trial() throws(Failure) -> RelayTrial { try asking { () throws(EximError) in try RelayTrial(scratch: folder.path) } }
}

package import EximControl
import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// Finds out what is there, by asking Exim how its configuration would be without setup, and plans.
package final class SetupSurvey {
    package let configuration: Configuration
    /// trustd.conf.
    let settings: ResolvedPath
    package let record: SetupRecord?
    package let progress: Progress
    private let folder: ScratchFolder

    package init(_ configuration: Configuration, settings: ResolvedPath, record: SetupRecord?, progress: Progress) throws(Failure) {
        self.configuration = configuration
        self.settings = settings
        self.record = record
        self.progress = progress
        folder = ScratchFolder(in: configuration.ledger)
        try makeScratch()
    }

    package func makeScratch() throws(Failure) {
        do throws(SystemError) { try folder.make() } catch { throw Failure(error) }
    }

    package func clear() { folder.clear() }

    package func read(_ path: FilePath) throws(Failure) -> [UInt8]? {
        do throws(SystemError) { return try LocalFileSystem().contents(of: path) } catch {
            if error.isMissing { return nil }
            throw Failure(error)
        }
    }

    /// A file as it would be without setup.
    package func base(_ path: FilePath) throws(Failure) -> [UInt8]? {
        let now = try read(path)
        guard let entry = record?[path] else { return now }
        return try entry.base(now: now)
    }

    /// Candidates that put everything back: Exim's answers must be about what is not ours.
    package func basics() throws(Failure) -> [Program.Substitution] {
        var substitutions: [Program.Substitution] = []
        for (index, entry) in (record?.files ?? []).enumerated() where !entry.isList && entry.file != settings.filePath {
            guard let now = try read(entry.file) else { continue }
            let base = try entry.base(now: now)
            guard base != now else { continue }
            let candidate = scratch("base.\(index)")
            do { try LocalFileSystem().create(candidate, base ?? [], like: entry.file, access: .open) } catch {
                throw Failure(error)
            }
            substitutions.append(.init(candidate: candidate, live: entry.file))
        }
        return substitutions
    }

    /// Runs what may have Exim's words as its error.
    package func asking<Result>(_ body: () throws(EximError) -> Result) throws(Failure) -> Result {
        do { return try body() } catch { throw Failure(error) }
    }

    package func exim(with substitutions: [Program.Substitution]) throws(Failure) -> EximWithCandidates {
        try asking { () throws(EximError) in try EximWithCandidates(configuration, substitutions, scratch: folder.path) }
    }

    /// A place for what is only looked at.
    package func scratch(_ name: String) -> FilePath { name.isEmpty ? folder.path : folder.path.appending(name) }

    func trial() throws(Failure) -> RelayTrial { try asking { () throws(EximError) in try RelayTrial(scratch: folder.path) } }
}

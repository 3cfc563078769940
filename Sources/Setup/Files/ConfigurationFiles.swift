package import Host
package import SystemPackage
import TrustCore

/// The files that a setup reads: as they are now, and as they would be without an earlier setup.
///
/// Planning reads through this alone, so that a test needs no disk.
package struct ConfigurationFiles {
    /// What an earlier setup has changed; nil when there was none.
    let record: SetupRecord?
    /// The whole file; nil when there is none.
    package let now: (FilePath) throws(Failure) -> [UInt8]?
    /// Whether anything is there.
    let exists: (FilePath) -> Bool
    /// The path without symbolic links, or as it is where that cannot be found out.
    let resolved: (FilePath) -> FilePath

    /// A file as it would be without setup; nil when it would not be there.
    package func base(_ path: FilePath) throws(Failure) -> [UInt8]? {
        let bytes = try now(path)
        guard let entry = record?[path] else { return bytes }
        return try entry.base(now: bytes)
    }
}

extension ConfigurationFiles {
    /// The files of this host.
    package init(record: SetupRecord?) {
        self.record = record
        now = { path throws(Failure) in
            do throws(SystemError) { return try LocalFileSystem().contents(of: path) } catch {
                if error.isMissing { return nil }
                throw Failure(error)
            }
        }
        exists = { LocalFileSystem().exists($0) }
        resolved = { ResolvedPath(orAsWritten: $0).filePath }
    }
}

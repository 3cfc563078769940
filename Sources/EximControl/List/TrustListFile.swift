package import Host
package import SystemPackage
import TrustCore

/// The file that defines the trust list (`list` in trustd.conf), as it is on the disk.
package struct TrustListFile {
    package let path: ResolvedPath
    /// Nil when there is no such file.
    package let bytes: [UInt8]?
    package let definition: ListDefinition?

    package init(_ path: FilePath) throws(Failure) {
        let resolved: ResolvedPath
        let bytes: [UInt8]?
        do throws(SystemError) {
            do { resolved = try ResolvedPath(path) } catch {
                // Its folder is missing too.
                guard error.isMissing else { throw error }
                self.path = ResolvedPath(orAsWritten: path)
                self.bytes = nil
                definition = nil
                return
            }
            bytes = try LocalFileSystem().contents(of: resolved.filePath)
        } catch { throw Failure(error) }
        guard resolved.filePath != DebianConfiguration.generated else { throw Failure(EximError.generated(resolved.filePath)) }
        self.path = resolved
        self.bytes = bytes
        do { definition = try bytes.map { bytes throws(TrustListError) in try ListDefinition(in: bytes, file: resolved.filePath) } } catch {
            throw Failure(error)
        }
    }

    /// The failure for a command that needs this file, and it is missing.
    package var missing: Failure {
        Failure(
            "\(path) is missing", .notSound,
            hint: "create it with the line `\(ListForm.macro.emptyDefinition)` and include it in Exim's main configuration, before the ACLs"
        )
    }
}

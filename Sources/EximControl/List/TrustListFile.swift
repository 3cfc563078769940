package import Host
package import SystemPackage
package import TrustCore

/// The file that defines the trust list (`list` in trustd.conf), as it is on the disk.
package struct TrustListFile {
    package let path: ResolvedPath
    /// Nil when there is no such file.
    package let bytes: [UInt8]?
    package let definition: ListDefinition?
    /// The folder in which a list in folder form is.
    package let folder: ApprovedFolder?

    /// Reads the list of this configuration. Throws when it names a folder that is missing, or not root's alone, or another one than
    /// trustd.conf.
    package init(_ configuration: Configuration) throws(Failure) {
        try self.init(configuration.list)
        guard case .folder(let path) = definition?.form, path != configuration.approved else { return }
        throw Failure(
            "\(self.path) looks into the folder \(path), but trustd.conf says approved = \(configuration.approved)", .notSound,
            hint: "write `approved = \(path)` into trustd.conf, then repeat the command")
    }

    /// The same whatever trustd.conf says of the folder.
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
                folder = nil
                return
            }
            bytes = try LocalFileSystem().contents(of: resolved.filePath)
        } catch { throw Failure(error) }
        guard resolved.filePath != DebianConfiguration.generated else { throw Failure(EximError.generated(resolved.filePath)) }
        self.path = resolved
        self.bytes = bytes
        let found: ListDefinition?
        do { found = try bytes.map { bytes throws(TrustListError) in try ListDefinition(in: bytes, file: resolved.filePath) } } catch {
            throw Failure(error)
        }
        definition = found
        folder = if case .folder(let definition) = found { try ApprovedFolder(definition.folder) } else { nil }
    }

    /// What is approved, by the file or by the names in the folder that it names; nil when there is no file.
    package func list() throws(Failure) -> TrustList? {
        switch definition {
        case .macro(let definition): definition.list
        case .folder: TrustList(items: try folder?.names().fingerprints.map { .init(fingerprint: $0, comments: []) } ?? [])
        case nil: nil
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

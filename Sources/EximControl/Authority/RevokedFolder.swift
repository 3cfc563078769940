import Glibc
import Host
package import SystemPackage
package import TrustCore

/// The folder of those that relay no more although the CA has issued them: one empty file of root's for each, named by its fingerprint. Exim
/// looks there at each recipient, so a name counts as soon as it is made, in open sessions too.
///
/// A file needs no signature and no clock, which a CRL does: an Exim with GnuTLS ignores a CRL that is missing or too old, and one with
/// OpenSSL then refuses everybody. Without the folder Exim defers the mail of the CA's clients (451), and takes none.
package struct RevokedFolder {
    package let path: FilePath

    package init(_ configuration: Configuration) { path = ResolvedPath(orAsWritten: configuration.revoked).filePath }

    /// Whether it is there: then trust is by a CA.
    package var isThere: Bool {
        var status = stat()
        return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a name is in it. What cannot be looked for counts as missing: nobody may be told that it is revoked.
    package func contains(_ fingerprint: Fingerprint) -> Bool {
        var status = stat()
        return lstat(path.appending(fingerprint.description).string, &status) == 0
    }

    /// All fingerprints in it, sorted; none when it is not there. Other names match nobody, and are left alone.
    package func fingerprints() throws(SystemError) -> [Fingerprint] {
        guard isThere else { return [] }
        return try Folder(path).names().compactMap { try? Fingerprint(exactly: $0.utf8) }.sorted()
    }
}

package import Certificates
import Glibc
package import Host
import SystemPackage
import TrustCore

/// A CA to make: its name, how long it is good, and what locks its key.
package struct AuthorityMaking {
    private let name: String
    private let days: Int
    private let passphrase: Passphrase?

    /// Random digits follow the name: no other CA ever has it, and Exim knows the CA's clients by it.
    package static let longestName = 40

    /// `name` has been looked at with `fault(ofName:)`.
    package init(name: String, days: Int, passphrase: Passphrase?) {
        (self.name, self.days, self.passphrase) = (name, days, passphrase)
    }

    /// Why a text is no name of a CA; nil when it is one.
    package static func fault(ofName name: String) -> String? {
        let isPlain =
            !name.isEmpty && name.utf8.count <= longestName && Printable(name, limit: longestName).description == name
            && name.trimmed == name[...]
        return isPlain ? nil : "takes 1 to \(longestName) plain characters"
    }

    /// Throws when there is a CA already.
    package static func checkIsFree(_ authority: OwnAuthority) throws(Failure) {
        guard !LocalFileSystem().exists(authority.folder) else { throw isThere(authority) }
    }

    /// Makes the folder with both files, whole or not at all. Throws when there is one already.
    package func make(_ authority: OwnAuthority) throws(Failure) -> Certificate {
        try Self.checkIsFree(authority)
        let certificate: Certificate
        let key: [UInt8]
        do throws(OpenSSLError) {
            let made = try PrivateKey()
            key = if let passphrase { try made.pem(lockedBy: passphrase) } else { try made.pem() }
            var generator = SystemRandomNumberGenerator()
            let digits = String(generator.next() as UInt64, radix: 16, uppercase: true)
            let number = String(repeating: "0", count: 16 - digits.count) + digits
            var draft = CertificateDraft(.client, commonName: "\(name) \(number)", days: days)
            (draft.isAuthority, draft.signsOnly) = (true, true)
            certificate = try draft.selfSigned(with: made)
        } catch { throw Failure("nothing has changed: \(error)", .notSound) }
        let draft = authority.folder.removingLastComponent().appending(".ca.new")
        let files = LocalFileSystem()
        // Of a command that was interrupted: its CA was never in use.
        FolderTree.remove(draft)
        do throws(SystemError) {
            _ = try Folder.making(draft, mode: 0o755)
            try files.create(draft.appending("ca.key"), key, like: nil, access: .closed)
            try files.create(draft.appending("ca.pem"), Array(certificate.pemText.utf8), like: nil, access: .open)
            try files.synchronize(draft)
            try files.rename(draft, to: authority.folder)
            try files.synchronize(authority.folder.removingLastComponent())
        } catch {
            FolderTree.remove(draft)
            if error.code == EEXIST { throw Self.isThere(authority) }
            throw Failure(error)
        }
        return certificate
    }

    private static func isThere(_ authority: OwnAuthority) -> Failure {
        Failure(
            "refused: nothing has changed: there is a CA already in \(authority.folder), and trustctl overwrites none", .refused,
            hint: "`trustctl ca list` shows it; to begin anew, move that folder away")
    }
}

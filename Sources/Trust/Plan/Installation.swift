import Certificates
package import EximControl
package import Host
import TrustCore

/// The trust directory in which an approved certificate must be for Exim to take it.
package struct Installation {
    let folder: ResolvedPath
    /// Whether other programs trust what is in it.
    let isShared: Bool
    let allowsCA: Bool
    /// The library with which Exim verifies the certificates in it.
    let library: EximAnswers.TLSLibrary
    /// What is in it.
    let content: HashedFolder

    package init(
        folder: ResolvedPath, isShared: Bool, allowsCA: Bool, library: EximAnswers.TLSLibrary
    ) throws(Failure) {
        self.folder = folder
        self.isShared = isShared
        self.allowsCA = allowsCA
        self.library = library
        do { content = try HashedFolder(folder.filePath) } catch { throw Failure(error) }
    }

    /// Whether the certificate of an approved record is known, but missing there or, with OpenSSL, not found.
    func needs(_ record: Record) -> Bool {
        guard let certificate = record.certificate else { return false }
        return record.installedAs == nil || isLost(certificate, record)
    }

    /// Whether it is there, but the links by which OpenSSL finds it are not as they should be. An Exim with GnuTLS needs none; what trustctl
    /// has installed has them all the same.
    private func isLost(_ certificate: Certificate, _ record: Record) -> Bool {
        let isOurs = record.installedAs == SharedFiles.certificate(of: record.fingerprint)
        return (library != .gnuTLS || isOurs) && content.fault(of: certificate) != nil
    }

    /// What `wishes` change in the directory; nil when nothing. Throws for a certificate that must not be there.
    package func edit(for wishes: [TrustPlan.Wish], in register: Register) throws(Failure) -> DirectoryEdit? {
        var edit = Self.removal(for: wishes, in: register) ?? DirectoryEdit(path: folder.string)
        for wish in wishes where wish.after == .approved {
            let record = register[wish.fingerprint]
            guard let certificate = record.certificate, needs(record) else { continue }
            // The attack: from then on its holder could issue certificates for any name that every program of this host believes.
            if certificate.isCA, isShared, !allowsCA {
                throw Failure(
                    "refused: \(wish.fingerprint) is a CA certificate (CA:TRUE), and other programs trust what is in \(folder)", .refused,
                    hint: "ask its owner for one with CA:FALSE; or, if he may issue certificates for this whole host, add --install-ca")
            }
            // Taking a repair back would remove what was there before.
            if record.installedAs == SharedFiles.certificate(of: wish.fingerprint) {
                edit.repair = (edit.repair ?? []) + [.init(certificate)]
            } else {
                edit.install.append(.init(certificate))
            }
        }
        return edit.isEmpty ? nil : edit
    }

    /// Certificates that trustctl had installed are removed with their trust, whatever way of trust is in force.
    static func removal(for wishes: [TrustPlan.Wish], in register: Register) -> DirectoryEdit? {
        var edit = DirectoryEdit(path: register.directory.string)
        for wish in wishes where wish.after != .approved {
            let record = register[wish.fingerprint]
            guard record.state == .approved, record.installedAs == SharedFiles.certificate(of: wish.fingerprint),
                let certificate = record.certificate
            else { continue }
            edit.remove.append(.init(certificate))
        }
        return edit.isEmpty ? nil : edit
    }
}

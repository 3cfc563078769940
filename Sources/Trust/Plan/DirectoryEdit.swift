import Certificates
import FoundationEssentials
import SystemPackage
import TrustCore

/// Certificates to install in the trust directory and to remove from it, each as `<fingerprint>.pem` with OpenSSL's hash link.
///
/// Described as a desired state, so applying it is idempotent: after an interruption it is simply applied again.
package struct DirectoryEdit: Codable, Equatable {
    /// A `ResolvedPath`.
    package let path: String
    /// Certificates that were not there.
    package internal(set) var install: [Item] = []
    /// Certificates that trustctl had installed.
    package internal(set) var remove: [Item] = []
    /// Certificates that trustctl had installed, whose file or links were damaged since. This stays when the change is undone. (Optional: the
    /// journal of an earlier version has none.)
    package internal(set) var repair: [Item]?

    package struct Item: Codable, Equatable {
        let fingerprint: Fingerprint
        /// The certificate, so that its removal can be undone.
        let der: Data
        /// The name of its hash link, without the number (`Certificate.subjectHash`).
        let subjectHash: String

        package var name: String { SharedFiles.certificate(of: fingerprint) }
        var candidate: String { ".\(name).trustctl" }
    }

    var folder: FilePath { FilePath(path) }
    var reversed: DirectoryEdit { DirectoryEdit(path: path, install: remove, remove: install, repair: repair) }
    var isEmpty: Bool { written.isEmpty && remove.isEmpty }
    /// What is in the directory afterwards, in the order in which it gets there.
    package var written: [Item] { install + (repair ?? []) }
}

extension DirectoryEdit.Item {
    init(_ certificate: Certificate) {
        self.init(
            fingerprint: certificate.fingerprint, der: Data(certificate.der), subjectHash: certificate.subjectHash)
    }
}

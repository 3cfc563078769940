package import Certificates
import FoundationEssentials
package import SystemPackage
package import TrustCore

/// What a change does in the trust directory: certificates that come and that go, each as `<fingerprint>.pem` with OpenSSL's hash link.
///
/// Named by what is to be, not by bytes of the directory: to do it twice is to do it once, so an interruption needs no record of how far
/// it came.
package struct DirectoryEdit: Codable, Equatable {
    /// A `ResolvedPath`.
    package let path: String
    /// That were not there.
    package var install: [Item] = []
    /// That trustctl had put there.
    package var remove: [Item] = []

    package struct Item: Codable, Equatable {
        package let fingerprint: Fingerprint
        /// The certificate: its removal can be taken back.
        let der: Data
        /// The name of its hash link, without the number (`Certificate.subjectHash`).
        package let subjectHash: String

        package var name: String { SharedFiles.certificate(of: fingerprint) }
        package var candidate: String { ".\(name).trustctl" }
    }

    package var folder: FilePath { FilePath(path) }
    package var reversed: DirectoryEdit { DirectoryEdit(path: path, install: remove, remove: install) }
    package var isEmpty: Bool { install.isEmpty && remove.isEmpty }
}

extension DirectoryEdit.Item {
    package init(_ certificate: Certificate) {
        self.init(
            fingerprint: certificate.fingerprint, der: Data(certificate.der), subjectHash: certificate.subjectHash)
    }
}

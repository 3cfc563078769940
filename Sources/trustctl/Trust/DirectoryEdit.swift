import FoundationEssentials
import SystemPackage
import TrustCore

/// What a change does in the trust directory: certificates that come and that go, each as `<fingerprint>.pem` with OpenSSL's hash link.
///
/// Named by what is to be, not by bytes of the directory: to do it twice is to do it once, so an interruption needs no record of how far
/// it came.
struct DirectoryEdit: Codable, Equatable {
    /// Without symbolic links.
    var path: String
    /// That were not there.
    var install: [Item] = []
    /// That trustctl had put there.
    var remove: [Item] = []

    struct Item: Codable, Equatable {
        var fingerprint: String
        /// The certificate: its removal can be taken back.
        var der: Data
        /// The name of its hash link, without the number (`Certificate.subjectHash`).
        var subjectHash: String

        var name: String { Self.name(fingerprint) }
        var candidate: String { ".\(name).trustctl" }
        static func name(_ fingerprint: String) -> String { "\(fingerprint).pem" }
    }

    var folder: FilePath { FilePath(path) }
    var reversed: DirectoryEdit { DirectoryEdit(path: path, install: remove, remove: install) }
    var isEmpty: Bool { install.isEmpty && remove.isEmpty }
}

extension DirectoryEdit.Item {
    init(_ certificate: Certificate) {
        self.init(
            fingerprint: certificate.fingerprint.description, der: Data(certificate.der), subjectHash: certificate.subjectHash)
    }
}

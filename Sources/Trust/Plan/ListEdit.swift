import EximControl
import FoundationEssentials
import Host
import SystemPackage
import TrustCore

/// The list file, before and after a change.
package struct ListEdit {
    /// A `ResolvedPath`.
    package let path: String
    let before: Version
    package let after: Version
    /// What Exim must trust afterwards, where the list itself says it. The journal does not keep it.
    let meant: [Fingerprint]
    /// The folder that it names afterwards, in folder form.
    let folder: String?

    /// What the file holds.
    package struct Version: Equatable {
        let digest: String
        /// Nil when it was read from the journal, which names the digest: a list of a hundred thousand need not be written three times. Then
        /// they are in the file or in its candidate.
        package let bytes: [UInt8]?

        init(_ bytes: [UInt8]) {
            digest = Ledger.digest(of: bytes)
            self.bytes = bytes
        }

        fileprivate init(digest: String) {
            self.digest = digest
            bytes = nil
        }

        func matches(_ other: [UInt8]) -> Bool { bytes.map { $0 == other } ?? (digest == Ledger.digest(of: other)) }
    }

    init(path: String, before: [UInt8], after: [UInt8], meant: [Fingerprint], folder: String? = nil) {
        (self.path, self.before, self.after) = (path, Version(before), Version(after))
        (self.meant, self.folder) = (meant, folder)
    }

    var content: ListContent { folder.map { .folder(FilePath($0)) } ?? .listed(Set(meant)) }

    /// Without the bytes when they are not known.
    var edit: FileEdit { FileEdit(path: path, before: Data(before.bytes ?? []), after: Data(after.bytes ?? [])) }
}

extension ListEdit: Codable {
    private enum CodingKeys: String, CodingKey {
        case path, folder
        case before = "before_sha256"
        case after = "after_sha256"
        /// The bytes themselves, as 0.1.0 wrote them.
        case oldBefore = "before"
        case oldAfter = "after"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        path = try container.decode(String.self, forKey: .path)
        folder = try container.decodeIfPresent(String.self, forKey: .folder)
        meant = []
        if let old = try container.decodeIfPresent(Data.self, forKey: .oldBefore) {
            before = Version(Array(old))
            after = Version(Array(try container.decode(Data.self, forKey: .oldAfter)))
        } else {
            before = Version(digest: try container.decode(String.self, forKey: .before))
            after = Version(digest: try container.decode(String.self, forKey: .after))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path, forKey: .path)
        try container.encodeIfPresent(folder, forKey: .folder)
        try container.encode(before.digest, forKey: .before)
        try container.encode(after.digest, forKey: .after)
    }
}

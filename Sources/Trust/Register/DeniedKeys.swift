import Glibc
import Host
import SystemPackage
import TrustCore

/// The keys that were revoked, in a folder of trustctl's own: one empty file each, named by the SHA-256 of the public key
/// (SubjectPublicKeyInfo in DER form), 64 upper-case hex digits.
///
/// The attack: whoever has stolen a key makes another certificate with it after the first one was revoked. Exim cannot tell that it is the
/// same key, so trustctl does: it warns, asks twice, and takes no such certificate without a person.
package struct DeniedKeys {
    /// The folder's name, beside the ledger.
    package static let name = "denied-keys"

    let folder: FilePath
    /// Those that a fleet has barred, on a host whose folder says nothing of that: a console.
    var ofFleet: Set<String> = []

    init(in ledger: FilePath) { folder = ledger.appending(Self.name) }

    /// Whether this key was revoked. `key` is a digest that was computed here, and not a stranger's word.
    func holds(_ key: String) -> Bool { ofFleet.contains(key) || LocalFileSystem().exists(folder.appending(key)) }

    /// All of them; none where there is no folder yet.
    func all() throws(SystemError) -> Set<String> { ofFleet.union(try Folder.closed(folder)?.names() ?? []) }
}

/// Keys that a change denies, and keys that it allows again.
package struct KeyEdit: Codable, Equatable {
    package var deny: [String] = []
    package var allow: [String] = []

    package init(deny: [String] = [], allow: [String] = []) { (self.deny, self.allow) = (deny, allow) }

    package var isEmpty: Bool { deny.isEmpty && allow.isEmpty }
    var reversed: KeyEdit { KeyEdit(deny: allow, allow: deny) }
}

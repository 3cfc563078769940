import EximControl
import Glibc
import Host
package import TrustCore

/// Who may read the private key besides its owner: Exim's group if root makes the key, otherwise nobody.
package struct KeyReader {
    private let group: UInt32?

    /// The file never has wider permissions than these: `create` opens it with mode 0600.
    var access: FileAccess { FileAccess(mode: group == nil ? 0o600 : 0o640, group: group) }

    /// Asks Exim for the group that it delivers as. Without an answer nobody else may read the key.
    package init(_ configuration: Configuration) {
        guard geteuid() == 0, let exim = try? EximProgram(configuration, scratch: configuration.ledger),
            let name = try? exim.values(options: ["exim_group"])["exim_group"]
        else {
            group = nil
            return
        }
        group = Decimal.number(Array(name.utf8)).map { UInt32(clamping: $0) } ?? getgrnam(name)?.pointee.gr_gid
    }
}

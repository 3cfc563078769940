import Glibc
import SystemPackage
import TrustCore

/// The ledger's file: root's, and readable for members of group `trustd`, for it holds addresses.
enum LedgerFile {
    static func make(_ path: FilePath) throws(SystemError) {
        let file = open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return }
            throw SystemError("open", path)
        }
        defer { close(file) }
        if let group = getgrnam("trustd") {
            guard fchown(file, 0, group.pointee.gr_gid) == 0 else { throw SystemError("chown", path) }
        }
        guard fchmod(file, 0o640) == 0 else { throw SystemError("chmod", path) }
    }
}

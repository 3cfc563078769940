import CLinux
import Glibc
package import SystemPackage
import TrustCore

/// How a file system exchanges two files.
package enum ExchangeSupport {
    /// renameat2(2) does it in one step.
    case atomic
    /// Only by hard links, in several steps: FUSE, NFS, and ZFS before 2.2.
    case byLinks
    /// Not at all: neither trustd nor trustctl can work there.
    case none

    /// Linux's own file systems that have renameat2(2) with RENAME_EXCHANGE, by their magic numbers (linux/magic.h): ext4, XFS, Btrfs, F2FS,
    /// tmpfs, overlayfs.
    private static let known: Set<Int> = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0x0102_1994, 0x794C_7630]

    /// Known by the type of the file system. With another one it is tried in `folder`, with two files that exist only for this; nil when none
    /// can be made there.
    package static func probe(_ folder: FilePath) -> ExchangeSupport? {
        if known.contains(clinux_file_system(folder.string)) { return .atomic }
        let names = [".trustctl-probe", ".trustctl-probe-2"]
        do {
            let open = try Folder(folder)
            for name in names { try open.write([], to: name, mode: 0o600, synchronized: false) }
            defer { for name in names { _ = try? open.remove(name) } }
            let paths = names.map { folder.appending($0).string }
            if clinux_exchange_atomically(AT_FDCWD, paths[0], AT_FDCWD, paths[1]) == 0 { return .atomic }
            return clinux_exchange(AT_FDCWD, paths[0], AT_FDCWD, paths[1]) == 0 ? .byLinks : ExchangeSupport.none
        } catch { return nil }
    }
}

import Glibc
import Host
import SystemPackage

/// Looks at owners and modes on the disk.
enum DiskFacts {
    /// Nil when the path does not exist.
    static func state(of path: FilePath) -> DiskFindings.State? {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        return DiskFindings.State(
            owner: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777, isFolder: status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Whether it is an empty file of root's that only root may write; true for what is no file, which has its own finding.
    static func isEmptyOfRoot(_ path: FilePath) -> Bool {
        var status = stat()
        guard lstat(path.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return true }
        return status.st_uid == 0 && status.st_mode & 0o022 == 0 && status.st_size == 0
    }

    /// Whether its mode lets every user read it.
    static func isOpenToRead(_ path: FilePath) -> Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && status.st_mode & S_IROTH != 0
    }

    /// For each of `paths`, which decide about trust, what somebody else than root could replace on the way to it.
    static func replaceable(_ paths: [FilePath]) -> [OwnershipError] {
        paths.compactMap { path in
            guard let resolved = (try? ResolvedPath(path))?.filePath else { return nil }
            do throws(OwnershipError) {
                try Ownership.check(resolved)
                return nil
            } catch { return error }
        }
    }
}

import Glibc
package import SystemPackage
package import TrustCore

/// Where setup keeps what Exim is to be asked about: beneath trustctl's own folder, locked as long as it is in use.
///
/// The lock, not the number in the name, says who is dead: a process of that number may be somebody else's by now, and what a killed setup
/// left holds copies of Exim's configuration, passwords among it.
package final class ScratchFolder {
    package let path: FilePath
    private var lock: CInt = -1

    private static let prefix = "setup."

    package init(in folder: FilePath) { path = folder.appending("\(Self.prefix)\(getpid())") }

    deinit { clear() }

    /// Makes it, empty, when it is not there.
    package func make() throws(SystemError) {
        guard lock < 0 else { return }
        let folder = path.removingLastComponent()
        Self.removeLeftOvers(in: folder)
        _ = try Folder.making(folder, mode: 0o755)
        while true {
            // Exim's user must come through to what he knows the name of, and may not look around.
            guard mkdir(path.string, 0o711) == 0 || errno == EEXIST else { throw SystemError("mkdir", path) }
            lock = Self.locked(path)
            if lock >= 0 { return }
            // Another trustctl took it for a left-over before it was locked.
            guard errno == ENOENT else { throw SystemError("lock", path) }
        }
    }

    /// Nothing stays while the operator thinks: a Ctrl-C at the question would leave it.
    package func clear() {
        guard lock >= 0 else { return }
        FolderTree.remove(path)
        close(lock)
        lock = -1
    }

    /// Removes what killed setups left.
    package static func removeLeftOvers(in folder: FilePath) {
        for name in (try? Folder(folder).names()) ?? [] where name.hasPrefix(prefix) {
            let path = folder.appending(name)
            let lock = locked(path)
            guard lock >= 0 else { continue }
            FolderTree.remove(path)
            close(lock)
        }
    }

    /// The open and locked folder that is there under this name; -1 with errno when another one uses it, or it is gone.
    private static func locked(_ path: FilePath) -> CInt {
        let folder = open(path.string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { return -1 }
        var status = stat()
        let reason: CInt =
            if flock(folder, LOCK_EX | LOCK_NB) != 0 { errno } else if fstat(folder, &status) != 0 { errno } else {
                status.st_nlink == 0 ? ENOENT : 0
            }
        if reason == 0 { return folder }
        close(folder)
        errno = reason
        return -1
    }
}

import Glibc
package import SystemPackage
package import TrustCore

/// Where setup keeps the files that Exim is asked about: in trustctl's own folder, locked while it is in use.
///
/// The lock, not the pid in the name, says whether its owner is still running: the pid may belong to another process by now. What a killed
/// setup left must go, for it holds copies of Exim's configuration, possibly with passwords.
package final class ScratchFolder {
    package let path: FilePath
    private var lock: CInt = -1

    private static let prefix = "setup."

    package init(in folder: FilePath) { path = folder.appending("\(Self.prefix)\(getpid())") }

    deinit { clear() }

    /// Creates the folder, empty, if it does not exist.
    package func make() throws(SystemError) {
        guard lock < 0 else { return }
        let folder = path.removingLastComponent()
        Self.removeLeftOvers(in: folder)
        _ = try Folder.making(folder, mode: 0o755)
        while true {
            // Exim's user may open files whose names it knows, and may not list the folder.
            guard mkdir(path.string, 0o711) == 0 || errno == EEXIST else { throw SystemError("mkdir", path) }
            lock = Self.locked(path)
            if lock >= 0 { return }
            // Another trustctl removed it as a left-over before we locked it.
            guard errno == ENOENT else { throw SystemError("lock", path) }
        }
    }

    /// Removes the folder. Called before the operator is asked: Ctrl-C at the question would leave it.
    package func clear() {
        guard lock >= 0 else { return }
        FolderTree.remove(path)
        close(lock)
        lock = -1
    }

    /// Removes the folders of setups that were killed.
    package static func removeLeftOvers(in folder: FilePath) {
        for name in (try? Folder(folder).names()) ?? [] where name.hasPrefix(prefix) {
            let path = folder.appending(name)
            let lock = locked(path)
            guard lock >= 0 else { continue }
            FolderTree.remove(path)
            close(lock)
        }
    }

    /// A descriptor of the folder, locked; -1 with errno when another process has locked it, or it is gone.
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

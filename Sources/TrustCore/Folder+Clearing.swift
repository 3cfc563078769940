import CLinux
import Glibc
import SystemPackage

/// What clears a folder that belongs to somebody else, who may be at work in it, and whose names may be any bytes.
extension Folder {
    /// Renames up to `limit` of the names that are wanted, each to a new one, and says what it was. One that is gone meanwhile is left out;
    /// `failed` gets what cannot be renamed.
    ///
    /// The attack: a name that is no text, so that nothing finds the file by what we take for its name.
    package func renameAll(
        atMost limit: Int, where isWanted: (String) -> Bool, to newName: (String) -> String, failed: (SystemError) -> Void
    ) throws(SystemError) -> [(was: String, now: String)] {
        var renamed: [(was: String, now: String)] = []
        for (bytes, name) in try namesAsBytes(atMost: limit, where: isWanted).names {
            let new = newName(name)
            if new == name || clinux_rename_new(descriptor, bytes, descriptor, new) == 0 {
                renamed.append((name, new))
            } else if errno != ENOENT {
                failed(error("rename", name))
            }
        }
        return renamed.sorted { $0.was < $1.was }
    }

    /// Removes up to `limit` of the names in it. The folders among them come into `other`. Returns how many there were, and whether it is empty
    /// now.
    package func clear(
        atMost limit: Int, foldersInto other: borrowing Folder, as newName: () -> String
    ) throws(SystemError) -> (count: Int, isEmpty: Bool) {
        let (names, leftOver) = try namesAsBytes(atMost: limit) { _ in true }
        for (bytes, name) in names where unlinkat(descriptor, bytes, 0) != 0 {
            if errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM, renameat(descriptor, bytes, other.descriptor, newName()) == 0 else {
                throw error("unlink", name)
            }
        }
        return (names.count, leftOver == 0)
    }

    private func namesAsBytes(
        atMost limit: Int, where isWanted: (String) -> Bool
    ) throws(SystemError) -> (names: [([CChar], String)], leftOver: Int) {
        var names: [([CChar], String)] = []
        var leftOver = 0
        try forEachName { bytes in
            let name = String(cString: bytes)
            guard isWanted(name) else { return }
            guard names.count < limit else { return leftOver += 1 }
            names.append((Array(UnsafeBufferPointer(start: bytes, count: strlen(bytes) + 1)), name))
        }
        return (names, leftOver)
    }

    /// Opens the directory of that name beneath; a link is not followed.
    package func folder(_ name: String) throws(SystemError) -> Folder {
        Folder(opened: try open(name, O_RDONLY | O_DIRECTORY), path.appending(name))
    }

    /// Gives the directory to root alone. Whoever has it open or works in it cannot make anything in it from now on.
    package func takeOver() throws(SystemError) {
        guard fchown(descriptor, 0, 0) == 0 else { throw SystemError("chown", path) }
        guard fchmod(descriptor, 0o700) == 0 else { throw SystemError("chmod", path) }
    }

    /// Removes an empty directory.
    package func removeFolder(_ name: String) throws(SystemError) {
        guard unlinkat(descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT else { throw error("rmdir", name) }
    }

    /// Whether the name is a regular file now; a link is not followed.
    package func isFile(_ name: String) -> Bool {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// For how many seconds nobody has written the file of that name, or changed its name or its mode; nil when there is none. Unlike the time
    /// of the last write, its owner cannot choose this one.
    package func rest(of name: String) -> Int64? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return Clock.wall.components.seconds - Int64(status.st_ctim.tv_sec)
    }
}

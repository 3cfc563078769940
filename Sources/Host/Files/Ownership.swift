import Glibc
package import SystemPackage

/// Whether only root can change the file at a path.
///
/// The attack: Exim checks the owner of its main configuration, but not of the files that it includes, and a user who may write a folder on
/// the way can exchange the file. So every component from `/` down is checked.
package enum Ownership {
    /// Throws for the last component that somebody else could replace or write. Takes a path without symbolic links, such as
    /// `ResolvedPath.filePath`, and throws at a link. The last component may be missing.
    package static func check(_ path: FilePath) throws(OwnershipError) {
        var component = path
        var isFile = true
        while true {
            var status = stat()
            if lstat(component.string, &status) != 0 {
                guard isFile, errno == ENOENT else { throw OwnershipError(path: component, reason: "cannot be examined") }
            } else {
                guard status.st_uid == 0 else { throw OwnershipError(path: component, reason: "does not belong to root") }
                // In a sticky folder such as /tmp others can add files, but not exchange root's.
                let sticky = !isFile && status.st_mode & S_ISVTX != 0
                guard status.st_mode & 0o022 == 0 || sticky else {
                    throw OwnershipError(path: component, reason: "is writable by others than root")
                }
            }
            if component.removingLastComponent() == component { return }
            component = component.removingLastComponent()
            isFile = false
        }
    }
}

/// A path that a user other than root can change.
package struct OwnershipError: Error, Equatable, CustomStringConvertible {
    package let path: FilePath
    package let reason: String

    package var description: String { "\(path) \(reason)" }
}

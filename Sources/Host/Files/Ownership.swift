import Glibc
package import SystemPackage

/// Whether nobody but root can change what stands at a path.
///
/// The attack: Exim checks the owner of its main configuration but not of what that includes (EXIM.md's trap), and a folder that another
/// user may write lets him exchange the file. So every component from `/` down is judged.
package enum Ownership {
    /// Throws the first component that somebody else could replace or write. `path` is free of symbolic links; the last component may be
    /// missing.
    package static func check(_ path: FilePath) throws(OwnershipError) {
        var component = path
        var isFile = true
        while true {
            var status = stat()
            if lstat(component.string, &status) != 0 {
                guard isFile, errno == ENOENT else { throw OwnershipError(path: component, reason: "cannot be examined") }
            } else {
                guard status.st_uid == 0 else { throw OwnershipError(path: component, reason: "does not belong to root") }
                // A sticky folder such as /tmp: others may add files, not exchange root's.
                let sticky = !isFile && status.st_mode & S_ISVTX != 0
                guard status.st_mode & 0o022 == 0 || sticky else {
                    throw OwnershipError(path: component, reason: "may be written by others than root")
                }
            }
            if component.removingLastComponent() == component { return }
            component = component.removingLastComponent()
            isFile = false
        }
    }
}

/// A path that others than root can change.
package struct OwnershipError: Error, Equatable, CustomStringConvertible {
    package let path: FilePath
    package let reason: String

    package var description: String { "\(path) \(reason)" }
}

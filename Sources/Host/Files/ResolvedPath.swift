import Glibc
package import SystemPackage
package import TrustCore

/// Where a path leads when every symbolic link on the way is followed. Two paths lead to the same file when these are equal, and a rename
/// onto it replaces the file and leaves the links alone.
package struct ResolvedPath: Hashable, Sendable, CustomStringConvertible {
    package let filePath: FilePath

    /// The last component may be missing, but not be a dangling link. Throws when a folder on the way is missing or cannot be searched.
    package init(_ path: FilePath) throws(SystemError) {
        if let whole = realpath(path.string, nil) {
            defer { free(whole) }
            filePath = FilePath(String(cString: whole))
            return
        }
        var status = stat()
        guard errno == ENOENT, lstat(path.string, &status) != 0, let last = path.lastComponent else { throw SystemError("open", path) }
        guard let folder = realpath(path.removingLastComponent().string, nil) else { throw SystemError("open", path) }
        defer { free(folder) }
        filePath = FilePath(String(cString: folder)).appending(last)
    }

    /// The path as it is written when it leads nowhere: for what is made later, and for messages. Whoever opens it gets the error then.
    package init(orAsWritten path: FilePath) {
        do { self = try ResolvedPath(path) } catch { filePath = path }
    }

    package var string: String { filePath.string }
    package var description: String { filePath.description }
}

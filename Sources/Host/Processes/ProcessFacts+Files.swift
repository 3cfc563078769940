import Glibc
package import SystemPackage

/// Files as a process names them: from its root directory, which may be that of a container.
extension ProcessFacts {
    /// A file, whatever its name: two names of one file have the same number.
    package struct FileNumber: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }

        /// The file at `path` as this process sees it; nil when there is none.
        package init?(_ path: FilePath) {
            var status = stat()
            guard stat(path.string, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// Whether its user namespace is ours: then only root could open a port below 1024 for it.
    package var sharesOurUsers: Bool {
        let theirs = FileNumber(FilePath("/proc/\(pid)/ns/user"))
        return theirs != nil && theirs == FileNumber("/proc/self/ns/user")
    }

    /// The file of its program, deleted or not.
    package var programFile: FileNumber? { FileNumber(FilePath("/proc/\(pid)/exe")) }

    /// Which file `path` is for the process.
    package func file(at path: FilePath) -> FileNumber? { FileNumber(FilePath("/proc/\(pid)/root\(path)")) }

    /// The content of a regular file of at most `limit` bytes that the process sees at `path`; nil for anything else.
    package func contents(at path: FilePath, limit: Int) -> [UInt8]? {
        let file = open("/proc/\(pid)/root\(path)", WholeFile.flags)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return WholeFile.contents(of: file, limit: limit)
    }
}

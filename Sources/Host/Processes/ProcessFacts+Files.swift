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
    ///
    /// The attack: a process names a FIFO, a device or a huge file as its configuration, so that root hangs or runs out of memory.
    package func contents(at path: FilePath, limit: Int) -> [UInt8]? {
        let file = open("/proc/\(pid)/root\(path)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress.map { $0 + count }, $0.count - count) }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { return nil }
            if got == 0 { break }
            count += got
        }
        return Array(bytes[..<count])
    }
}

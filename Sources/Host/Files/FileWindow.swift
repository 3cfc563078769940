import Glibc
package import SystemPackage
package import TrustCore

/// A file that is read from its beginning to its end, and of which only a part is in memory.
package struct FileWindow: ~Copyable {
    private let file: CInt
    private let path: FilePath
    /// The part that is in memory, and where it begins in the file.
    package private(set) var bytes: [UInt8] = []
    package private(set) var offset = 0

    private static let piece = 256 << 10

    /// Nil when there is no such file. What is no regular file is not read.
    package init?(_ path: FilePath) throws(SystemError) {
        self.path = path
        file = open(path.string, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError("open", path)
        }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw SystemError("fstat", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError("open", path, code: EINVAL) }
    }

    deinit { if file >= 0 { close(file) } }

    /// The first so many bytes are not needed any more.
    package mutating func drop(_ count: Int) {
        bytes.removeFirst(count)
        offset += count
    }

    /// Adds what follows. Returns false at the file's end.
    package mutating func more() throws(SystemError) -> Bool {
        let place = off_t(offset + bytes.count)
        var (count, code): (Int, CInt) = (0, 0)
        let piece = [UInt8](unsafeUninitializedCapacity: Self.piece) { space, initialized in
            repeat { count = pread(file, space.baseAddress, space.count, place) } while count < 0 && errno == EINTR
            code = errno
            initialized = max(count, 0)
        }
        guard count >= 0 else { throw SystemError("read", path, code: code) }
        bytes += piece
        return count > 0
    }
}

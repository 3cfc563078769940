import Glibc

/// A file that somebody else may have put there or may be writing.
package enum WholeFile {
    /// The content behind an open descriptor; nil for anything but a regular file of at most `limit` bytes.
    ///
    /// The attack: a FIFO, a device or a huge file in the place of a small one, so that root hangs or runs out of memory. Open it with
    /// `flags`.
    package static func contents(of descriptor: CInt, limit: Int) -> [UInt8]? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        // One byte more than its size: a file that grows meanwhile is not read for ever.
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }

    /// O_NONBLOCK: a FIFO must not make us wait. O_NOCTTY: a terminal must not become our controlling terminal.
    package static let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
}

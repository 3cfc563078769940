import Glibc
package import SystemPackage
package import TrustCore

/// A log file that is open, whatever its name means by now. It is closed when nobody holds it any more: so a class.
package final class LogFile {
    package let path: FilePath
    package let identity: FileIdentity
    let descriptor: CInt
    /// Set for a file that gzip has compressed; offsets are then those of the decompressed bytes.
    let gzip: GzipStream?

    /// Opens it for reading. A symbolic link is followed: a log may be one. Anything but a regular file is refused (`EINVAL`): a FIFO has no
    /// offsets.
    package init(_ path: FilePath) throws(SystemError) {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        // A socket cannot be opened.
        guard descriptor >= 0 else { throw SystemError("open", path, code: errno == ENXIO ? EINVAL : errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw SystemError("read", path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        self.path = path
        self.descriptor = descriptor
        identity = FileIdentity(status)
        gzip = LogNames.isCompressed(path) ? try GzipStream(descriptor, path: path) : nil
    }

    /// Opens the file that was listed. Throws `ESTALE` when its name means another file by now, because the log is being rotated.
    convenience init(_ listed: LogNames.File) throws(SystemError) {
        try self.init(listed.path)
        guard identity == listed.identity else { throw SystemError("open", listed.path, code: ESTALE) }
    }

    /// A gzip stream closes its own descriptor.
    deinit { if gzip == nil { Glibc.close(descriptor) } }

    private func status() throws(SystemError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError("fstat", path) }
        return status
    }

    /// Where the file is now; nil when it has no name any more.
    var pathNow: FilePath? {
        let link = "/proc/self/fd/\(descriptor)"
        var status = stat()
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer -> String? in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink(link, base, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        // A name that another file has by now, or one that ends in “ (deleted)”.
        guard let text, stat(text, &status) == 0, FileIdentity(status) == identity else { return nil }
        return FilePath(text)
    }

    /// Whether it has no name any more: it goes when it is closed.
    var isUnlinked: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink == 0
    }

    /// When it was last written, in nanoseconds since 1970.
    func modified() throws(SystemError) -> Int64 { try status().modified }

    /// The size of a compressed file is known only when its end has been read; until then it is larger than everything.
    package func size() throws(SystemError) -> Int64 {
        if let gzip { return gzip.end ?? .max }
        return Int64(try status().st_size)
    }

    /// Reads into `buffer` from `offset` on; fewer bytes only at the file's end.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        if let gzip { return try gzip.read(at: offset, into: buffer) }
        var total = 0
        while total < buffer.count {
            let count = pread(descriptor, buffer.baseAddress.map { $0 + total }, buffer.count - total, off_t(offset) + off_t(total))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", path) }
            if count == 0 { break }
            total += count
        }
        return total
    }

    func bytes(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: SystemError?
        let read = bytes.withUnsafeMutableBytes { buffer in
            do throws(SystemError) { return try self.read(at: offset, into: buffer) } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return Array(bytes.prefix(read))
    }

    /// The bytes that tell this file from others when it has been read up to `offset`.
    func marks(at offset: Int64) throws(SystemError) -> FileMarks {
        let tail = min(offset, Int64(FileMarks.tailLength))
        return FileMarks(
            head: try bytes(at: 0, count: FileMarks.headLength), tail: try bytes(at: offset - tail, count: Int(tail)))
    }

    /// Whether `marks` were taken of this file at `offset`, whatever it has grown to.
    func holds(_ marks: FileMarks, at offset: Int64) throws(SystemError) -> Bool {
        guard try bytes(at: 0, count: marks.head.count) == marks.head else { return false }
        return try bytes(at: offset - Int64(marks.tail.count), count: marks.tail.count) == marks.tail
    }
}

extension FileMarks {
    /// Bytes of a beginning that tell a file from all others, though nothing of it was read yet.
    static let tellingHead = 64

    /// Completes the beginning by bytes that stand at `offset`; false when they contradict what is known of it.
    mutating func meet(_ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
        guard head.count < Self.headLength || offset == 0 else { return true }
        let known = head.dropFirst(Int(offset))
        guard bytes.prefix(known.count).elementsEqual(known) else { return false }
        head += bytes.dropFirst(known.count).prefix(Self.headLength - head.count)
        return true
    }

    /// Goes on by bytes that were read next.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        tail = Array((tail.suffix(Self.tailLength) + bytes.suffix(Self.tailLength)).suffix(Self.tailLength))
    }
}

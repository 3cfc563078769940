import Glibc
import SystemPackage
import TrustCore

/// A log file that is open, whatever its name means by now. Reads only.
struct LogFile {
    let path: FilePath
    let identity: FileIdentity
    let descriptor: CInt
    /// Set for a file that gzip has compressed; offsets are those of what it was made of.
    let gzip: GzipStream?

    /// A symbolic link is followed: a log may be one. Anything but a regular file is refused (`EINVAL`): a FIFO has no offsets.
    init(_ path: FilePath) throws(SystemError) {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw SystemError("open", path) }
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

    /// The file that was listed; `ESTALE` when its name means another one by now, because the log is being rotated.
    init(_ listed: LogNames.File) throws(SystemError) {
        try self.init(listed.path)
        guard identity == listed.identity else {
            close()
            throw SystemError("open", listed.path, code: ESTALE)
        }
    }

    /// A stream closes itself when nobody holds it any more.
    func close() { if gzip == nil { Glibc.close(descriptor) } }

    /// When it was last written, in nanoseconds.
    func modified() throws(SystemError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError("fstat", path) }
        return status.modified
    }

    /// Of a compressed file it is known at its end only, and larger than everything until then.
    func size() throws(SystemError) -> Int64 {
        if let gzip { return gzip.end ?? .max }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError("fstat", path) }
        return Int64(status.st_size)
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
            head: try bytes(at: 0, count: FileMarks.headLength),
            tail: try bytes(at: offset - tail, count: Int(tail)))
    }

    /// Whether this is the file of which `marks` were taken at `offset`, whatever it has grown to.
    func holds(_ marks: FileMarks, at offset: Int64) throws(SystemError) -> Bool {
        guard try bytes(at: 0, count: marks.head.count) == marks.head else { return false }
        return try bytes(at: offset - Int64(marks.tail.count), count: marks.tail.count) == marks.tail
    }
}

extension FileMarks {
    /// Completes the head by bytes that stand at `offset`; false when they are not those of which it is known.
    mutating func meet(_ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
        guard head.count < Self.headLength || offset == 0 else { return true }
        let known = head.dropFirst(Int(offset))
        guard bytes.prefix(known.count).elementsEqual(known) else { return false }
        head += bytes.dropFirst(known.count).prefix(Self.headLength - head.count)
        return true
    }

    /// Goes on by what was read next.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        tail = Array((tail.suffix(Self.tailLength) + bytes.suffix(Self.tailLength)).suffix(Self.tailLength))
    }
}

extension FileIdentity {
    init(_ status: stat) { self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }
}

extension stat {
    /// Nanoseconds.
    var modified: Int64 { Int64(st_mtim.tv_sec) * 1_000_000_000 + Int64(st_mtim.tv_nsec) }
}

import Glibc
import SystemPackage
import TrustCore

/// The ledger's bytes, of which no more are held than are looked at. They are those of one moment: later lines are not seen.
final class LedgerBytes {
    let count: Int
    /// Which file it is and when it was written; nil when it is none.
    let mark: Mark?
    private let bytes: [UInt8]
    private let descriptor: CInt

    /// By what a file is known without reading it.
    struct Mark: Equatable {
        let inode: UInt64
        let modified: Int64

        init(_ status: stat) {
            inode = UInt64(status.st_ino)
            modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        }
    }

    init(_ bytes: [UInt8]) {
        (count, mark, self.bytes, descriptor) = (bytes.count, nil, bytes, -1)
    }

    /// Opens the file; there are no bytes when there is none.
    init(_ path: FilePath) throws(SystemError) {
        bytes = []
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 || errno == ENOENT else { throw SystemError("open", path) }
        var status = stat()
        guard file < 0 || fstat(file, &status) == 0 else {
            let error = SystemError("fstat", path)
            close(file)
            throw error
        }
        guard file < 0 || status.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw SystemError("open", path, code: EINVAL)
        }
        descriptor = file
        count = file < 0 ? 0 : Int(status.st_size)
        mark = file < 0 ? nil : Mark(status)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The bytes in `range`, as far as there are any.
    func part(_ range: Range<Int>) throws(SystemError) -> ArraySlice<UInt8> {
        let range = range.clamped(to: 0..<count)
        guard descriptor >= 0 else { return bytes[range.clamped(to: 0..<bytes.count)] }
        var code: CInt = 0
        let part = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            while filled < range.count {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, range.count - filled, off_t(range.lowerBound + filled))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { code = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard code == 0 else { throw SystemError("read", FilePath(Ledger.name), code: code) }
        return part[...]
    }

    /// How much is read at once.
    private static let step = 1 << 20

    /// Calls `body` with each line from `start` on, without its newline, and its place. Empty lines are none.
    func eachLine(from start: Int = 0, _ body: (ArraySlice<UInt8>, Int) throws(SystemError) -> Void) throws(SystemError) {
        try eachLine(in: start..<max(start, count), body)
    }

    /// The same for the lines in `range`, at the end of which one ends.
    func eachLine(in range: Range<Int>, _ body: (ArraySlice<UInt8>, Int) throws(SystemError) -> Void) throws(SystemError) {
        var place = range.lowerBound
        let count = min(count, range.upperBound)
        var step = Self.step
        while place < count {
            let part = try part(place..<min(count, place + step))
            guard !part.isEmpty else { return }
            var line = part.startIndex
            while let end = part.newline(from: line) {
                if end > line { try body(part[line..<end], place + line - part.startIndex) }
                line = end + 1
            }
            let isLast = place + part.count >= count
            if isLast, line < part.endIndex { try body(part[line...], place + line - part.startIndex) }
            if isLast { return }
            // A line that is longer than that.
            if line == part.startIndex { step *= 2 } else { place += line - part.startIndex }
        }
    }

    /// The line that begins at `place`, without its newline.
    func line(at place: Int) throws(SystemError) -> ArraySlice<UInt8> {
        var step = 4_096
        while true {
            let part = try part(place..<place + step)
            if let end = part.newline(from: part.startIndex) { return part[..<end] }
            if part.count < step { return part }
            step *= 4
        }
    }

    /// The last line without its newline, and its place; nil when there is none.
    func lastLine() throws(SystemError) -> (line: ArraySlice<UInt8>, place: Int)? {
        var step = 4_096
        while true {
            let start = max(0, count - step)
            let part = try part(start..<count)
            guard let last = part.last(isNewline: false, before: part.endIndex) else {
                if start == 0 { return nil }
                step *= 4
                continue
            }
            if let before = part.last(isNewline: true, before: last) {
                return (part[(before + 1)...last], start + before + 1 - part.startIndex)
            }
            if start == 0 { return (part[...last], 0) }
            step *= 4
        }
    }
}

extension LedgerBytes {
    /// Whether a crash tore the last line (`Ledger.isTorn`). Reads no other.
    var mayBeTorn: Bool {
        get throws(SystemError) {
            guard count > 0 else { return false }
            return Ledger.isTorn(Array(try part((lastLine()?.place ?? 0)..<count)))
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether `text` stands anywhere in it.
    func holds(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first else { return true }
        return withUnsafeBytes { buffer in
            guard var rest = buffer.baseAddress else { return false }
            let end = rest + buffer.count
            while let found = memchr(rest, CInt(first), end - rest), case let start = UnsafeRawPointer(found), end - start >= wanted.count {
                if memcmp(start, wanted, wanted.count) == 0 { return true }
                rest = start + 1
            }
            return false
        }
    }

    /// The last place before `end` where a newline is, or anything else.
    fileprivate func last(isNewline: Bool, before end: Int) -> Int? {
        withUnsafeBufferPointer { bytes in
            var place = end - startIndex
            while place > 0 {
                place -= 1
                if (bytes[place] == 0x0A) == isNewline { return startIndex + place }
            }
            return nil
        }
    }

    /// Where the next newline is: by memchr(3), which is much quicker than `firstIndex`.
    func newline(from start: Int) -> Int? {
        withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, start < endIndex else { return nil }
            let from = base + (start - startIndex)
            return memchr(from, CInt(UInt8(ascii: "\n")), endIndex - start).map { start + (UnsafeRawPointer($0) - from) }
        }
    }
}

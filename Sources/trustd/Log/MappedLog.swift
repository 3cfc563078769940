import CLinux
import Glibc
import TrustCore

/// A log that is mapped into memory: half the time of reading it, most of which is copying.
///
/// For `--once` only. When somebody truncates the log meanwhile, the kernel ends the program (SIGBUS). The next run goes on from the saved
/// position, and the count stays exact, because nothing is saved before it is counted. A daemon must not die of that.
final class MappedLog {
    /// Bytes seen at a time; they count as this process's memory. The kernel may keep a log in pieces of this size, and maps a piece in one
    /// step when it is asked for at the piece's own border.
    static let window = 2 << 20
    /// What was passed is given back in so many bytes: a step of its own for each window would interrupt the other processor.
    private static let given = 8 << 20
    /// Copying less than this is as fast.
    private static let least = 65_536

    private let base: UnsafeMutableRawPointer
    private let length: Int
    private var released = 0

    /// Nil when it cannot be mapped, or when too little is left behind `offset`.
    init?(_ file: LogFile, from offset: Int64) {
        guard file.gzip == nil, let size = try? file.size(), size - offset >= Int64(Self.least) else { return nil }
        // The whole file: this takes addresses and no memory.
        let mapped = mmap(nil, Int(size), PROT_READ, MAP_SHARED, file.descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        (base, length) = (mapped, Int(size))
    }

    /// What follows `offset`, up to the border of a window, and more than the longest line; nil at the end of what was there when it was
    /// mapped. The memory before `offset` is given back: the bytes of earlier calls must not be used any more.
    func bytes(from offset: Int64) -> UnsafeRawBufferPointer? {
        let start = Int(offset)
        guard start < length else { return nil }
        let passed = start / Self.window * Self.window
        if passed - released >= Self.given {
            madvise(base + released, passed - released, MADV_DONTNEED)
            released = passed
        }
        let end = (start + LineLength.maximum) / Self.window * Self.window + Self.window
        return UnsafeRawBufferPointer(start: base + start, count: min(end, length) - start)
    }

    /// How many bytes are mapped behind these; 0 for bytes that are elsewhere.
    func count(behind bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress, start >= base, start + bytes.count <= base + length else { return 0 }
        return length - (start - UnsafeRawPointer(base)) - bytes.count
    }

    deinit {
        clinux_search_end(base, length)
        munmap(base, length)
    }
}

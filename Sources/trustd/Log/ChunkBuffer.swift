import CLinux
import Glibc

/// The one piece of memory that logs are read into. It is not cleared: what is never used takes no memory.
struct ChunkBuffer: ~Copyable {
    static let size = 1 << 20

    let bytes: UnsafeMutableRawBufferPointer

    init() { bytes = .allocate(byteCount: Self.size, alignment: 4_096) }

    /// Gives the memory back until it is read into again: between two lines of a quiet log a megabyte is of no use.
    func rest() {
        madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED)
        clinux_trim_heap()
    }

    deinit { bytes.deallocate() }
}

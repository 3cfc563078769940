import Glibc

/// The one piece of memory that logs are read into. It is not cleared: what is never used takes no memory.
struct ChunkBuffer: ~Copyable {
    static let size = 1 << 20

    let bytes: UnsafeMutableRawBufferPointer

    init() { bytes = .allocate(byteCount: Self.size, alignment: 4_096) }

    deinit { bytes.deallocate() }
}

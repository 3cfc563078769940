import CLinux
import Glibc

/// Where lines end in a block of bytes.
enum LineEnds {
    private static let byte: Int32 = 0x0A

    /// The number of bytes up to the end of the first line, its line end included.
    static func first(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let end = memchr(base, byte, bytes.count) else { return nil }
        return UnsafeRawPointer(end) - base + 1
    }

    /// The number of bytes up to the end of the last whole line.
    static func last(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let last = clinux_find_last(base, byte, bytes.count) else { return nil }
        return last - base + 1
    }

    static func count(in bytes: UnsafeRawBufferPointer) -> Int { clinux_count(bytes.baseAddress, byte, bytes.count) }
}

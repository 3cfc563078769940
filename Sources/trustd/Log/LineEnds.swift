import CLinux
import Glibc
import TrustCore

/// Where lines end in a block of bytes.
enum LineEnds {
    private static let byte: Int32 = 0x0A

    /// The number of bytes up to the end of the first line, its line end included.
    static func first(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let end = memchr(base, byte, bytes.count) else { return nil }
        return UnsafeRawPointer(end) - base + 1
    }

    /// The place of the last NUL before the first line end, if what follows it is short enough for a line or not all there.
    static func lastNULOfFirstLine(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let nul = clinux_find_last(base, 0, first(in: bytes) ?? bytes.count).map({ $0 - base }),
            nul > 0
        else { return nil }
        return (first(in: bytes) ?? bytes.count) - nul <= LineLength.maximum ? nul : nil
    }

    /// The number of bytes up to the end of the last whole line.
    static func last(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let last = clinux_find_last(base, byte, bytes.count) else { return nil }
        return last - base + 1
    }

    static func count(in bytes: UnsafeRawBufferPointer) -> Int { clinux_count(bytes.baseAddress, byte, bytes.count) }
}

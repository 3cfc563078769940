import CLinux
import Glibc

/// Finds the lines worth reading. The whole cost of a log without sightings is here.
enum LineSearch {
    private static let lineEnd: Int32 = 0x0A

    /// The first whole line, with its line end, of `bytes` from `start` on: any, or only one that holds the phrase.
    static func nextLine(in bytes: UnsafeRawBufferPointer, from start: Int, any: Bool) -> Range<Int>? {
        guard start < bytes.count, let base = bytes.baseAddress else { return nil }
        var hit = start
        if !any {
            guard let found = find(in: base + start, count: bytes.count - start) else { return nil }
            hit = found - base
        }
        guard let end = memchr(base + hit, lineEnd, bytes.count - hit) else { return nil }
        let before = hit > start ? clinux_find_last(base + start, lineEnd, hit - start) : nil
        return (before.map { $0 - base + 1 } ?? start)..<(UnsafeRawPointer(end) - base + 1)
    }

    /// The end of the last whole line of `bytes`.
    static func endOfLines(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let last = clinux_find_last(base, lineEnd, bytes.count) else { return nil }
        return last - base + 1
    }

    static func holdsPhrase(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return false }
            return find(in: base, count: buffer.count) != nil
        }
    }

    private static func find(in base: UnsafeRawPointer, count: Int) -> UnsafeRawPointer? {
        Attempt.phrase.withUTF8Buffer { clinux_find(base, count, $0.baseAddress, $0.count) }
    }
}

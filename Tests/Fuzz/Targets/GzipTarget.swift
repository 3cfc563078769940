import CLinux
import Glibc
import SystemPackage

@testable import LogFollower

/// A rotated log that gzip has compressed: whole, damaged, cut, or made to fill a memory.
enum GzipTarget {
    /// Enough to see it go on.
    private static let limit = 1 << 18

    static func take(_ bytes: [UInt8]) {
        let inOnePart = read(bytes, steps: [limit])
        let inManyParts = read(bytes, steps: [1, 7, 4_096, 65_536, 333])
        // Where it is damaged zlib keeps back what it had of the part that ran into it.
        let (short, long) = inOnePart.count < inManyParts.count ? (inOnePart, inManyParts) : (inManyParts, inOnePart)
        demand(long.starts(with: short), "a compressed log says nothing else in many parts than in one")
        guard let stream = open(bytes) else { return }
        _ = part(stream, at: 0, count: limit)
        if stream.isDamaged { return }
        demand(inOnePart == inManyParts, "a compressed log says the same in one part and in many")
        // What a rotation or a restart asks for: backwards, and far ahead.
        guard inOnePart.count > 2 else { return }
        for offset in [inOnePart.count / 2, 0, inOnePart.count - 1, 1] {
            let part = part(stream, at: offset, count: 64)
            // What is longer than the limit goes on, and may be damaged there.
            let known = inOnePart[offset...].prefix(64)
            let isSame = part.starts(with: known) || stream.isDamaged && known.starts(with: part)
            demand(isSame, "a part is the same wherever reading stood before")
        }
    }

    private static func read(_ bytes: [UInt8], steps: [Int]) -> [UInt8] {
        guard let stream = open(bytes) else { return [] }
        var all: [UInt8] = []
        var step = 0
        while all.count < limit {
            let count = min(steps[step % steps.count], limit - all.count)
            let part = part(stream, at: all.count, count: count)
            all += part
            step += 1
            if part.count < count { break }
        }
        return all
    }

    private static func part(_ stream: GzipStream, at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
            read = (try? stream.read(at: Int64(offset), into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
        }
    }

    private static func open(_ bytes: [UInt8]) -> GzipStream? {
        let file = clinux_bounded_memory(off_t(max(bytes.count, 1)))
        guard file >= 0, ftruncate(file, off_t(bytes.count)) == 0 || !bytes.isEmpty else { return nil }
        guard pwrite(file, bytes, bytes.count, 0) == bytes.count else {
            close(file)
            return nil
        }
        return try? GzipStream(file, path: "/log.gz")
    }
}

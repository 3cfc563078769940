import CLinux
import Glibc
import SystemPackage

@testable import LogFollower

/// A rotated log that gzip has compressed: complete, damaged, cut, or made to exhaust memory.
enum GzipTarget {
    /// Enough to see reading go on.
    private static let limit = 1 << 18

    static func take(_ bytes: [UInt8]) {
        let inOnePart = read(bytes, steps: [limit])
        let inManyParts = read(bytes, steps: [1, 7, 4_096, 65_536, 333])
        // In a damaged stream zlib keeps back the output of the part in which it meets the damage.
        let (short, long) = inOnePart.count < inManyParts.count ? (inOnePart, inManyParts) : (inManyParts, inOnePart)
        demand(long.starts(with: short), "a compressed log reads the same in many parts as in one")
        guard let stream = open(bytes) else { return }
        _ = part(stream, at: 0, count: limit)
        if stream.isDamaged { return }
        demand(inOnePart == inManyParts, "a compressed log reads the same in one part and in many")
        // A rotation or a restart seeks backwards and far ahead.
        guard inOnePart.count > 2 else { return }
        for offset in [inOnePart.count / 2, 0, inOnePart.count - 1, 1] {
            let part = part(stream, at: offset, count: 64)
            // A stream longer than the limit goes on, and may be damaged there.
            let known = inOnePart[offset...].prefix(64)
            let isSame = part.starts(with: known) || stream.isDamaged && known.starts(with: part)
            demand(isSame, "a part reads the same from any earlier position")
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

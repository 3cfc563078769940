import Glibc
import SystemPackage
import TrustCore

/// A log that is mounted by itself, as containers do with single files. The mount stays with the file when that is rotated away below it, so
/// the log that Exim writes from then on is never seen.
///
/// The kernel tells the file's name below the mount, and so that it was renamed.
struct FileMount {
    private let path: FilePath
    private let name: String
    private(set) var isStale: Bool
    private var lastLook: Duration

    private static let interval: Duration = .seconds(2)

    /// Nil for a path that is not a mount.
    init?(_ path: FilePath, now: Duration) {
        guard let name = Self.name(of: path) else { return nil }
        self.path = path
        self.name = name
        lastLook = now
        let own = path.lastComponent?.string ?? ""
        isStale = name.hasSuffix(Self.deleted) || RotatedNames.suffix(of: name, own) != nil
    }

    /// Whether it has become stale since the last look.
    mutating func becomesStale(now: Duration) -> Bool {
        guard !isStale, now - lastLook >= Self.interval else { return false }
        lastLook = now
        isStale = Self.name(of: path).map { $0 != name } ?? false
        return isStale
    }

    private static let deleted = "//deleted"

    /// The name of what is mounted at `path`, in its own file system; nil when nothing is.
    private static func name(of path: FilePath) -> String? {
        let file = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 22 {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        // 63 43 254:0 /logs/mainlog /var/log/exim4/mainlog rw …; the last one lies on top.
        let place = Array(path.string.utf8)
        for line in bytes.split(separator: 0x0A).reversed() {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: false)
            guard words.count > 5, unescaped(words[4]) == place else { continue }
            let root = String(decoding: unescaped(words[3]), as: UTF8.self)
            let isDeleted = root.hasSuffix(deleted)
            let name = (isDeleted ? root.dropLast(deleted.count) : root[...]).split(separator: "/").last ?? ""
            return name + (isDeleted ? deleted : "")
        }
        return nil
    }

    /// The kernel writes a blank as `\\040`.
    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

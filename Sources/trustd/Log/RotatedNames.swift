import SystemPackage
import TrustCore

/// The names of files that were rotated away, each series in the order in which it was written.
///
/// Within a series the names tell the order: rotation counts upwards. Times of change do not: whoever compresses a file again, or copies it
/// back without its time, changes them. Only between series, of which one is what another scheme of rotation has left behind, nothing but
/// times tells the order.
struct RotatedNames {
    /// Oldest first: dates upwards, numbers downwards.
    let series: [[FilePath]]

    private struct Series: Hashable, Comparable {
        let folder: String
        /// `.01` of exicyclog and `.1` of logrotate.
        let isPadded: Bool
        let isDate: Bool

        static func < (left: Series, right: Series) -> Bool {
            (left.folder, left.isDate ? 0 : 1, left.isPadded ? 0 : 1) < (right.folder, right.isDate ? 0 : 1, right.isPadded ? 0 : 1)
        }
    }

    /// `name` is the log's own; other paths are left out.
    init(_ paths: [FilePath], of name: String) {
        let known = paths.compactMap { path -> (path: FilePath, suffix: Substring)? in
            path.lastComponent.flatMap { Self.suffix(of: $0.string, name) }.map { (path, $0) }
        }
        /// Widths of numbers that begin with a zero.
        let padded = Set(known.filter { $0.suffix.first == "0" && $0.suffix.count > 1 }.map { $0.suffix.count })
        let all = Dictionary(grouping: known) { path, suffix in
            let isDate = suffix.count >= 8
            return Series(
                folder: path.removingLastComponent().string, isPadded: !isDate && padded.contains(suffix.count), isDate: isDate)
        }
        series = all.sorted { $0.key < $1.key }.map { one in
            one.value.sorted { left, right in
                guard !one.key.isDate else { return left.suffix < right.suffix }
                return (Int(left.suffix) ?? 0) > (Int(right.suffix) ?? 0)
            }.map(\.path)
        }
    }

    /// The number or the date behind the log's name; nil when `other` is not a name that rotation gives.
    static func suffix(of other: String, _ name: String) -> Substring? {
        guard other.hasPrefix(name) else { return nil }
        let suffix = LogNames.uncompressed(other).dropFirst(name.count)
        let digits = suffix.dropFirst()
        guard suffix.first == "." || suffix.first == "-", !digits.isEmpty,
            digits.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "-") })
        else { return nil }
        return digits
    }
}

extension [[LogNames.File]] {
    /// All files in one order that keeps that of each series: by what their first lines say, and else by when they were changed.
    func merged(by beginning: (LogNames.File) -> Timestamp?) -> [LogNames.File] {
        var rest = filter { !$0.isEmpty }.map { $0[...] }
        // The usual case, in which no file has to be read.
        guard rest.count > 1 else { return rest.flatMap { $0 } }
        var known: [FileIdentity: Timestamp] = [:]
        func key(_ file: LogNames.File) -> (Int64, Int64) {
            let begin = known[file.identity] ?? beginning(file) ?? Timestamp(seconds: file.modified / 1_000_000_000)
            known[file.identity] = begin
            return (begin.seconds, file.modified)
        }
        var files: [LogNames.File] = []
        while let next = rest.indices.min(by: { left, right in
            guard let one = rest[left].first, let other = rest[right].first else { return false }
            return key(one) < key(other)
        }) {
            if let file = rest[next].popFirst() { files.append(file) }
            rest.removeAll(where: \.isEmpty)
        }
        return files
    }
}

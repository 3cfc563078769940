import Certificates
import Glibc
import Host
import SystemPackage
import TrustCore

/// What the ledger's first lines say together, as a file beside it, so that looking need not read them all. It is a cache: the ledger alone
/// counts, and a checkpoint that does not belong to it is not used.
///
/// First `trustctl-checkpoint 2 <bytes> <number> <SHA-256 of the ledger's first <bytes>>`, then a line for each fingerprint, in their order
/// (`CheckpointLine`), then an index of them (`CheckpointIndex`), then lines that begin with a small letter: what is known besides, and last
/// the SHA-256 of all before it.
final class Checkpoint {
    static let name = "checkpoint"
    private static let kind = "trustctl-checkpoint 2"
    /// Of an earlier trustctl: as if there were none.
    private static let earlier = "trustctl-checkpoint 1 "

    /// How many of the ledger's bytes, and lines, it sums up.
    let bytes: Int
    let number: Int
    let marks: LedgerSum.Marks
    /// Whether its time and the ledger's inode say that both are as trustctl left them; else their digests did.
    let isAtEase: Bool
    private let file: LedgerBytes
    /// Where the lines about fingerprints are.
    private let lines: Range<Int>
    private let index: CheckpointIndex

    /// Why there is a checkpoint that is not used.
    struct Distrust: Error, CustomStringConvertible {
        let description: String
        init(_ reason: String) { description = reason }
    }

    /// The checkpoint at `path` when it is that of `ledger`; nil when there is none.
    ///
    /// The attacks: a link to another file, a file that others may write, one that says of a revoked certificate that it is approved, one cut
    /// off, one of another ledger. Where size, time and inode do not say that trustctl wrote both, all bytes are read and their digests compared.
    init?(_ path: FilePath, of ledger: LedgerBytes) throws(Distrust) {
        guard let known = try Self.status(of: path) else { return nil }
        let file = try Self.read { () throws(SystemError) in try LedgerBytes(path) }
        self.file = file
        guard let mark = file.mark, let ledgerMark = ledger.mark, known.st_ino == mark.inode else { throw Distrust("it changes") }
        let first = try Self.read { () throws(SystemError) in String(decoding: try file.line(at: 0).prefix(256), as: UTF8.self) }
        if first.hasPrefix(Self.earlier) { return nil }
        let fields = first.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 5, first.hasPrefix(Self.kind + " "), let bytes = Decimal.number(fields[2].utf8),
            let number = Decimal.number(fields[3].utf8)
        else { throw Distrust("its first line is not one of a checkpoint") }
        let trailer = try Trailer(of: file, from: first.utf8.count + 1)
        guard trailer.index > first.utf8.count, trailer.index <= trailer.place else { throw Distrust("its index is missing") }
        (self.bytes, self.number, marks, lines) = (bytes, number, trailer.marks, first.utf8.count + 1..<trailer.index)
        index = CheckpointIndex(file: file, range: trailer.index..<trailer.place)
        guard bytes <= ledger.count else { throw Distrust("it is about a longer ledger") }
        isAtEase = mark.modified == ledgerMark.modified && trailer.inode == ledgerMark.inode
        if isAtEase { return }
        let sum = try Self.read { () throws(SystemError) in try SHA256.text(of: file, upTo: trailer.sumPlace) }
        guard sum == trailer.sum else { throw Distrust("it was altered") }
        let beginning = try Self.read { () throws(SystemError) in try SHA256.text(of: ledger, upTo: bytes) }
        guard beginning == fields[4] else { throw Distrust("the ledger's beginning is another one") }
    }

    static func read<Value>(_ body: () throws(SystemError) -> Value) throws(Distrust) -> Value {
        do throws(SystemError) { return try body() } catch { throw Distrust("\(error)") }
    }

    /// Whether the checkpoint at `path` and the ledger are as trustctl left them, without a look at what they say.
    static func isAtEase(_ path: FilePath, with ledger: LedgerBytes) -> Bool {
        guard let known = (try? status(of: path)) ?? nil, let mark = ledger.mark else { return false }
        return LedgerBytes.Mark(known).modified == mark.modified
    }

    /// Reads all of it, and throws when it says something else than the ledger's lines that it sums up, which say `sum`.
    func compare(with sum: LedgerSum) throws(Distrust) {
        guard sum.lines == number, sum.marks == marks else { throw Distrust("it does not say what the ledger's lines do") }
        var words = sum.words
        var wrong: Fingerprint?
        do throws(SystemError) {
            try eachLine { fingerprint, line, _ in
                let right = words.removeValue(forKey: fingerprint).map { CheckpointLine.text(fingerprint, $0).dropLast() }
                if wrong == nil, right.map({ !$0.elementsEqual(line) }) ?? true { wrong = fingerprint }
            }
        } catch { throw Distrust("\(error)") }
        if let wrong = wrong ?? words.keys.min() { throw Distrust("it says of \(wrong) what the ledger does not") }
        guard try Self.read({ () throws(SystemError) in try isIndexRight }) else { throw Distrust("its index is not that of its lines") }
    }

    private var isIndexRight: Bool {
        get throws(SystemError) {
            var draft = CheckpointIndex.Draft()
            try eachLine { draft.add($1, at: $2) }
            var rest = draft.lines.makeIterator()
            var isRight = true
            try file.eachLine(in: index.range) { line, _ in
                if isRight { isRight = rest.next()?.dropLast().elementsEqual(line) ?? false }
            }
            return isRight && rest.next() == nil
        }
    }

    /// Nil when there is no file; throws when it is not root's alone.
    static func status(of path: FilePath) throws(Distrust) -> stat? {
        var status = stat()
        guard lstat(path.string, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw Distrust("\(SystemError("stat", path))")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else { throw Distrust("it is a link or no file") }
        guard status.st_mode & 0o022 == 0 else { throw Distrust("others may write it") }
        guard status.st_uid == 0 else { throw Distrust("it is not root's") }
        return status
    }

    /// The last word about `fingerprint`; nil when there is none. Found by halving: few lines are read.
    func word(_ fingerprint: Fingerprint) throws(SystemError) -> Ledger.LastWord? {
        let wanted = fingerprint.description.utf8
        let line = try file.line(at: try place(of: wanted))
        return line.starts(with: wanted) ? CheckpointLine.word(line) : nil
    }

    /// The fingerprints whose digits begin with `beginning`.
    func fingerprints(_ beginning: String) throws(SystemError) -> [Fingerprint] {
        var found: [Fingerprint] = []
        var place = try place(of: beginning.utf8)
        while place < lines.upperBound, case let line = try file.line(at: place), line.starts(with: beginning.utf8) {
            if let fingerprint = try? Fingerprint(exactly: line.prefix(Fingerprint.digits)) { found.append(fingerprint) }
            place += line.count + 1
        }
        return found
    }

    /// Where the first line begins that does not precede `wanted`, upper-case digits; the end of the lines when all do.
    private func place(of wanted: String.UTF8View) throws(SystemError) -> Int {
        var (low, high) = (lines.lowerBound, lines.upperBound)
        while low < high {
            // The line that begins at or before the middle.
            var start = low
            let middle = low + (high - low) / 2
            if middle > low {
                var step = 512
                while true {
                    let from = max(low, middle - step)
                    let part = try file.part(from..<middle)
                    if let end = part.lastIndex(of: UInt8(ascii: "\n")) {
                        start = from + end + 1 - part.startIndex
                        break
                    }
                    if from == low { break }
                    step *= 4
                }
            }
            let line = try file.line(at: start)
            if line.prefix(wanted.count).lexicographicallyPrecedes(wanted) { low = start + line.count + 1 } else { high = start }
        }
        return low
    }

    /// Calls `body` with each line about a fingerprint, in their order, and its place.
    func eachLine(_ body: (Fingerprint, ArraySlice<UInt8>, Int) -> Void) throws(SystemError) {
        try file.eachLine(in: lines) { line, place in
            guard let fingerprint = try? Fingerprint(exactly: line.prefix(Fingerprint.digits)) else { return }
            body(fingerprint, line, place)
        }
    }

    /// Those of which the last word may have this text as `kind`, from the first `limit`.
    func fingerprints(_ kind: CheckpointIndex.Kind, _ text: String, atMost limit: Int) throws(SystemError) -> [Fingerprint] {
        let wanted = Array(CheckpointLine.hidden(text).utf8)
        var found: [Fingerprint] = []
        for place in try index.places(kind, text, atMost: limit) where lines.contains(place) {
            let line = try file.line(at: place)
            guard CheckpointLine.text(of: kind, in: line)?.elementsEqual(wanted) ?? false,
                let fingerprint = try? Fingerprint(exactly: line.prefix(Fingerprint.digits))
            else { continue }
            found.append(fingerprint)
        }
        return found
    }

    /// Those that may share something with another, in no order; of those that may share the same at most `limit`.
    func sharing(atMost limit: Int) throws(SystemError) -> [Fingerprint] {
        var found: [Fingerprint] = []
        for place in try index.shared(atMost: limit) {
            let digits = try file.part(place..<place + Fingerprint.digits)
            if let fingerprint = try? Fingerprint(exactly: digits) { found.append(fingerprint) }
        }
        return found
    }

    /// The word of the line at `place`, as `eachLine` told it.
    func word(at place: Int) throws(SystemError) -> Ledger.LastWord? { CheckpointLine.word(try file.line(at: place)) }

    static func heading(bytes: Int, number: Int, digest: String) -> String { "\(kind) \(bytes) \(number) \(digest)\n" }
}

extension SHA256 {
    static func text(of file: LedgerBytes, upTo end: Int) throws(SystemError) -> String {
        let digest = SHA256.Running()
        var place = 0
        while place < end {
            let part = try file.part(place..<min(end, place + (1 << 20)))
            guard !part.isEmpty else { break }
            digest.add(part)
            place += part.count
        }
        return digest.text
    }
}

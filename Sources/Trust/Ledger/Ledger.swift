import Certificates
import FoundationEssentials
package import SystemPackage
import TrustCore

/// All decisions as they were read, one JSON line each, in order. Lines are only ever added, and each has the digest of the line before.
package struct Ledger {
    package static let name = "ledger"

    package let lines: [Line]
    let bytes: [UInt8]

    package struct Line {
        /// Counted from 1.
        package let number: Int
        /// A slice of the whole file, not a copy.
        let text: ArraySlice<UInt8>
        var bytes: [UInt8] { Array(text) }
        /// Nil for a line that a crash tore, or that somebody made unreadable.
        package let entry: LedgerEntry?
    }

    package init(_ bytes: [UInt8]) {
        let decoder = JSONDecoder()
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).enumerated().map { index, line in
            Line(number: index + 1, text: line, entry: try? decoder.decode(LedgerEntry.self, from: Data(line)))
        }
        self.bytes = bytes
    }

    package var entries: [LedgerEntry] { lines.compactMap(\.entry) }

    /// Whether the decision `id` is written: then it is done, whatever happened afterwards.
    func holds(_ id: String) -> Bool { lines.last { $0.entry?.decision.id == id } != nil }

    /// The latest moment at which Exim had read the list that no longer holds `fingerprint`. Nil when that is not known: somebody has
    /// edited the list by hand, before or since. `list` is what the file holds now.
    func loss(of fingerprint: Fingerprint, list: [UInt8]) -> Timestamp? {
        var loss: Timestamp?
        var digest: String?
        for entry in entries where entry.decision.action != .forget {
            for subject in entry.decision.subjects where subject.fingerprint == fingerprint {
                if subject.after == .approved {
                    loss = nil
                } else if subject.before == .approved {
                    loss = entry.done.flatMap { Timestamp(rfc3339: $0) }
                }
            }
            digest = entry.effects.list?.after ?? digest
        }
        return digest == Self.digest(of: list) ? loss : nil
    }

    /// Whether `list`, the bytes of the file at `path`, differs from what the last decision about it left: somebody has edited it since,
    /// and Exim may run with an older one. False when nothing was decided about it yet.
    package func isEdited(_ list: [UInt8], at path: FilePath) -> Bool {
        guard let last = entries.last(where: { $0.effects.list != nil })?.effects.list, last.path == path.string else { return false }
        return Self.digest(of: list) != last.after
    }

    /// Whether decisions say that there must be a list: at `path`, or where that link led then.
    func knowsList(at path: FilePath) -> Bool {
        var known: String?
        for effects in entries.map(\.effects) {
            if let list = effects.list { known = list.path }
            for file in effects.setup?.files ?? [] where file.path == path.string || file.path == known {
                known = file.after == nil ? nil : file.path
            }
        }
        return known != nil
    }

    /// The bytes to append for `entry`, with its number and the digest of the line before, as `seal` knows that; nil when it cannot be
    /// encoded.
    func line(for entry: LedgerEntry, after seal: LedgerSeal? = nil) -> [UInt8]? {
        var entry = entry
        entry.number = lines.count + 1
        entry.previous = end(seal)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(entry) else { return nil }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// SHA-256 in 64 upper-case digits.
    static func digest(of bytes: [UInt8]) -> String { SHA256.text(of: bytes) }

    /// What is wrong with the chain, in order; empty when every line has the digest of the one before it.
    package func faults() -> [String] {
        var faults: [String] = []
        var previous: Line?
        for line in lines {
            if let entry = line.entry {
                if entry.number != line.number { faults.append("line \(line.number) says that it is decision \(entry.number)") }
                if entry.previous != previous.map({ Self.digest(of: $0.bytes) }) {
                    faults.append(
                        "line \(line.number) does not follow the line before it: something was altered, removed or put in between")
                }
            } else {
                let isTorn = self.isTorn && line.number == lines.count
                faults.append("line \(line.number) \(isTorn ? "is torn: root's next trustctl mends it" : "cannot be read")")
            }
            previous = line
        }
        return faults
    }
}

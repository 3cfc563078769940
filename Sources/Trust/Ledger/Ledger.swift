import Certificates
package import TrustCore

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
        var lines: [Line] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[...].newline(from: start) ?? bytes.count
            if end > start {
                let text = bytes[start..<end]
                lines.append(Line(number: lines.count + 1, text: text, entry: LedgerEntry(line: text)))
            }
            start = end + 1
        }
        self.lines = lines
        self.bytes = bytes
    }

    package var entries: [LedgerEntry] { lines.compactMap(\.entry) }

    /// Whether the decision `id` is written: then it is done, whatever happened afterwards.
    func holds(_ id: String) -> Bool { lines.last { $0.entry?.decision.id == id } != nil }

    /// The last word about each fingerprint.
    package var latest: [Fingerprint: LastWord] {
        var sum = LedgerSum()
        for line in lines { sum.take(line.entry, at: line.text.startIndex) }
        return sum.words
    }

    /// The bytes to append for `entry`, with its number and the digest of the line before, as `seal` knows that; nil when it cannot be
    /// encoded.
    func line(for entry: LedgerEntry, after seal: LedgerSeal? = nil) -> [UInt8]? {
        LedgerEnd(lines: lines.count, size: bytes.count, last: lines.last?.text).line(for: entry, after: seal)
    }

    /// SHA-256 in 64 upper-case digits.
    static func digest(of bytes: [UInt8]) -> String { SHA256.text(of: bytes) }
    static func digest(of bytes: ArraySlice<UInt8>) -> String { SHA256.text(of: bytes) }

    /// What is wrong with the chain, in order; empty when every line has the digest of the one before it.
    package func faults() -> [String] {
        var verification = LedgerVerification()
        for line in lines { verification.take(line.text, line.entry) }
        return verification.faults(isTorn: isTorn)
    }
}

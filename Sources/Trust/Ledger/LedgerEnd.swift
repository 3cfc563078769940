import FoundationEssentials
import TrustCore

/// The end of the ledger: all that the next line depends on.
struct LedgerEnd {
    /// How many lines there are.
    let lines: Int
    /// In bytes.
    let size: Int
    /// The last line, without its newline.
    let last: ArraySlice<UInt8>?

    init(lines: Int, size: Int, last: ArraySlice<UInt8>?) { (self.lines, self.size, self.last) = (lines, size, last) }

    /// Reads no more than the last line, when `seal` says that it is the last, and its number.
    init(of ledger: LedgerBytes, _ seal: LedgerSeal?) throws(SystemError) {
        let last = try ledger.lastLine()?.line
        if let last, let seal, seal.digest == Ledger.digest(of: last) {
            self.init(lines: seal.number, size: ledger.count, last: last)
            return
        }
        var lines = 0
        try ledger.eachLine { _, _ in lines += 1 }
        self.init(lines: lines, size: ledger.count, last: last)
    }

    /// The bytes to append for `entry`, with its number and the digest of the line before, as `seal` knows that; nil when it cannot be
    /// encoded.
    func line(for entry: LedgerEntry, after seal: LedgerSeal?) -> [UInt8]? {
        var entry = entry
        entry.number = lines + 1
        entry.previous = previous(seal)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(entry) else { return nil }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// The digest that the next line must have: that of the last line, or of the one that the seal says was last.
    private func previous(_ seal: LedgerSeal?) -> String? {
        let digest = last.map { Ledger.digest(of: $0) }
        guard let seal, lines <= seal.number else { return digest }
        let isKept = lines == seal.number && (digest == seal.digest || last.flatMap { LedgerEntry(line: $0) }?.sealed == seal.digest)
        return isKept ? digest : seal.digest
    }
}

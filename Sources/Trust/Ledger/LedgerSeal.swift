import SystemPackage
import TrustCore

/// Number and digest of the ledger's last line as it was written, kept in the lock's file by whoever held the lock last.
///
/// The chain alone does not protect its end. The attacks: somebody alters or removes the last line, and the next decision continues the
/// chain as if nothing had happened. The seal says which line the next one has to follow.
package struct LedgerSeal: Equatable {
    /// Counted from 1.
    package let number: Int
    /// SHA-256 of the line without its newline.
    package let digest: String

    /// The name of the file in trustctl's folder.
    package static let name = "lock"

    init(number: Int, digest: String) {
        self.number = number
        self.digest = digest
    }

    init?(_ ledger: Ledger) {
        guard let last = ledger.lines.last else { return nil }
        self.init(number: last.number, digest: Ledger.digest(of: last.bytes))
    }

    /// Nil for an empty file, as the first lock makes it, and for what a power failure during a write left.
    init?(_ bytes: [UInt8]) {
        let fields = String(decoding: bytes.prefix(256), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard fields.count == 3, let number = Int(fields[0]), number > 0 else { return nil }
        self.init(number: number, digest: String(fields[1]))
        guard bytes.starts(with: self.bytes) else { return nil }
    }

    /// `NUMBER DIGEST CHECK`, always of the same length, since it overwrites the one before.
    var bytes: [UInt8] {
        let digits = String(number)
        let text = String(repeating: "0", count: max(0, 20 - digits.count)) + digits + " " + digest
        return Array("\(text) \(Ledger.digest(of: Array(text.utf8)).prefix(16))\n".utf8)
    }
}

extension Ledger {
    /// Whether the sealed line is here as it was written. Lines after it are no fault: trustctl may have been killed before it sealed them.
    func keeps(_ seal: LedgerSeal) -> Bool {
        guard let line = line(seal.number) else { return false }
        return Self.digest(of: line.bytes) == seal.digest || line.entry?.sealed == seal.digest
    }

    func line(_ number: Int) -> Line? { number > 0 && number <= lines.count ? lines[number - 1] : nil }

    /// What is wrong at the end, where no next line tells.
    package func faults(_ seal: LedgerSeal) -> [String] {
        guard !keeps(seal) else { return [] }
        if lines.count < seal.number { return ["its end is missing: line \(seal.number) was its last one"] }
        return isTorn && lines.count == seal.number ? [] : ["line \(seal.number) is not the one that was written"]
    }
}

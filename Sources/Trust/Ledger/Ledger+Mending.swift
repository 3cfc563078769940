import FoundationEssentials
import TrustCore

extension Ledger {
    /// Whether a crash tore the last line: its end is missing, or it contains zeros, which some file systems leave where bytes never
    /// reached the disk. No line of ours contains one. A line that is unreadable in another way was altered, and is not mended.
    var isTorn: Bool { Self.isTorn(bytes) }

    static func isTorn(_ bytes: [UInt8]) -> Bool {
        let newline = UInt8(ascii: "\n")
        guard let last = bytes.last else { return false }
        return last != newline || bytes.dropLast().reversed().prefix { $0 != newline }.contains(0)
    }

    /// The file with its chain whole again; nil when no line is torn. What is left of the torn line is kept in a line that says so.
    ///
    /// The attack: somebody alters the ledger, tears its last line, and has the mend sweep away his traces.
    func mended(by operator: Operator, at now: Timestamp, _ seal: LedgerSeal? = nil) -> [UInt8]? {
        guard isTorn, let last = lines.last else { return nil }
        // Only the newline did not reach the disk.
        if last.entry != nil { return bytes + [UInt8(ascii: "\n")] }
        let whole = Array(bytes[..<last.text.startIndex])
        var mend = LedgerEntry(Decision(.mend, by: `operator`, at: now))
        mend.torn = Data(last.text)
        mend.sealed = seal?.number == lines.count ? seal?.digest : nil
        return Ledger(whole).line(for: mend).map { whole + $0 }
    }
}

import FoundationEssentials
import Glibc
import Host
import SystemPackage
package import TrustCore

extension Ledger {
    /// Whether a crash tore the last line: its end is missing, or zeros stand in it, which some file systems leave where bytes never came
    /// to the disk. No line of ours holds one; what is unreadable in another way was altered, and is not mended.
    var isTorn: Bool { Self.isTorn(bytes) }

    fileprivate static func isTorn(_ bytes: [UInt8]) -> Bool {
        let newline = UInt8(ascii: "\n")
        guard let last = bytes.last else { return false }
        return last != newline || bytes.dropLast().reversed().prefix { $0 != newline }.contains(0)
    }

    /// The file with its chain whole again; nil when no line is torn. What is left of the torn one goes into a line that says so: whoever
    /// alters the ledger must not be able to have his traces swept away as a crash's.
    func mended(by operator: Operator, at now: Timestamp, _ seal: LedgerSeal? = nil) -> [UInt8]? {
        guard isTorn, let last = lines.last else { return nil }
        // Only the newline did not come to the disk.
        if last.entry != nil { return bytes + [UInt8(ascii: "\n")] }
        let whole = Array(bytes[..<last.text.startIndex])
        var mend = LedgerEntry(Decision(.mend, by: `operator`, at: now))
        mend.torn = Data(last.text)
        mend.sealed = seal?.number == lines.count ? seal?.digest : nil
        return Ledger(whole).line(for: mend).map { whole + $0 }
    }
}

extension TrustChange {
    /// What the ledger ended with when a line was last added; nil before the first one.
    package func seal() throws(SystemError) -> LedgerSeal? { try files.contents(of: places.lock).flatMap { LedgerSeal($0) } }

    /// A disk that refuses it spoils no decision: the older seal stays, and the line behind it is in the chain.
    package func seal(_ line: LedgerSeal) { try? files.overwrite(places.lock, line.bytes) }

    /// Mends the ledger after a crash, by exchange, so that another crash tears nothing; the number of the line that was torn, and whether
    /// it was whole once. The caller holds the lock. What the torn line was to say is in the journal, if it was the line of a decision.
    func mendLedger() throws(Failure) -> (line: Int, wasWhole: Bool)? {
        do throws(SystemError) {
            // Most times there is nothing to do, and the ledger may be long: it is not decoded for that.
            guard let bytes = try files.contents(of: places.ledger), Ledger.isTorn(bytes) else { return nil }
            let ledger = Ledger(bytes)
            let seal = try seal()
            guard let mended = ledger.mended(by: .current, at: .now, seal) else { return nil }
            try files.create(places.newLedger, mended, like: places.ledger, access: .closed)
            try files.exchange(places.newLedger, places.ledger)
            try files.synchronize(places.folder)
            try files.remove(places.newLedger)
            if let line = LedgerSeal(Ledger(mended)) { self.seal(line) }
            return (ledger.lines.count, seal?.number == ledger.lines.count)
        } catch { throw Failure(error) }
    }
}

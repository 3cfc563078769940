import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust

/// The ledger's file: written by root, but perhaps torn by a crash, cut by a full disk, or edited.
enum LedgerTarget {
    static func take(_ bytes: [UInt8]) {
        let ledger = Ledger(bytes)
        for fault in ledger.faults() { demand(fault.isPlain && !fault.contains("\n"), "a fault is one plain line") }
        demand(ledger.latest.keys.allSatisfy { $0.description.utf8.count == 64 }, "decisions are about fingerprints")

        let mended = ledger.mended(by: Operator(uid: 0), at: Timestamp(seconds: 1_795_518_400))
        demand((mended != nil) == ledger.isTorn, "a torn ledger is mended, and no other")
        let whole = Ledger(mended ?? bytes)
        demand(!whole.isTorn && whole.lines.count == ledger.lines.count, "a mended ledger has as many lines, and no torn one")
        demand(sameLines(whole, ledger, ledger.lines.count - (mended == nil ? 0 : 1)), "only the torn line changes")
        demand(Set(whole.faults()).subtracting(ledger.faults()).isEmpty, "mending breaks no chain")

        guard let line = whole.line(for: .nothing) else { return demand(false, "a decision can be written") }
        let next = Ledger(whole.bytes + line)
        demand(next.holds("fuzz"), "a written decision is read back, whatever is before it")
        demand(next.lines.count == whole.lines.count + 1, "a decision is one line")
        demand(sameLines(next, whole, whole.lines.count), "earlier lines do not change")
        demand(Set(next.faults()).subtracting(whole.faults()).isEmpty, "a new decision breaks no chain")
        sealed(next)
        if let seal = LedgerSeal(bytes) { demand(bytes.starts(with: seal.bytes), "a seal is read back unchanged") }
    }

    /// For any ledger: once it is sealed, a removed or changed last line is detected.
    private static func sealed(_ ledger: Ledger) {
        guard let seal = LedgerSeal(ledger), let last = ledger.lines.last else { return }
        demand(LedgerSeal(seal.bytes) == seal && ledger.faults(seal).isEmpty, "a ledger matches its own seal")
        let before = Array(ledger.bytes[..<last.text.startIndex])
        for tampered in [before, before + Array("{}\n".utf8)] {
            let cut = Ledger(tampered)
            demand(!cut.faults(seal).isEmpty, "a missing end is detected")
            guard let line = cut.line(for: .nothing, after: seal) else { return demand(false, "a decision can be written") }
            let later = Ledger(cut.bytes + line)
            demand(later.faults().count > cut.faults().count, "a missing end is detected even after another decision")
        }
    }

    private static func sameLines(_ one: Ledger, _ other: Ledger, _ count: Int) -> Bool {
        zip(one.lines.prefix(count), other.lines).allSatisfy { $0.bytes == $1.bytes }
    }
}

extension LedgerEntry {
    fileprivate static let nothing = LedgerEntry(
        Decision(
            id: "fuzz", time: "2026-11-22T17:41:59Z", action: .approve, operator: Operator(uid: 0),
            subjects: [.init(fingerprint: fingerprint, before: .none, after: .approved)]))
    private static let fingerprint = demand("a fingerprint is one") { try Fingerprint(digest: Array(repeating: 0xAB, count: 32)) }
}

import TrustCore

@testable import trustctl

/// The ledger's file: root's own, but perhaps torn by a crash, cut by a full disk, or edited.
enum LedgerTarget {
    static func take(_ bytes: [UInt8]) {
        let ledger = Ledger(bytes)
        for fault in ledger.faults() { demand(fault.isPlain && !fault.contains("\n"), "a fault is one plain line") }
        demand(ledger.latest.keys.allSatisfy { $0.description.utf8.count == 64 }, "what is decided is about fingerprints")
        let decision = Decision(
            id: "fuzz", time: "2026-11-22T17:41:59Z", action: .approve, operator: Operator(uid: 0),
            subjects: [.init(fingerprint: String(repeating: "AB", count: 32), before: .none, after: .approved)])
        guard let line = ledger.line(for: decision) else { return demand(false, "a decision can be written") }
        let next = Ledger(bytes + line)
        demand(next.holds("fuzz"), "a decision that was written is read again, whatever stood before it")
        demand(next.lines.count == ledger.lines.count + 1, "a decision is a line of its own")
        demand(zip(next.lines, ledger.lines).allSatisfy { $0.bytes == $1.bytes }, "no line before it changes")
        demand(Set(next.faults()).subtracting(ledger.faults()).isEmpty, "a decision that is added breaks no chain")
    }
}

import Fleet
import FleetCarrier
import Trust
import TrustCore

/// A decision in one line: `17  approve 0986150696DCA5C5 (dave) by root, 3 min ago`.
struct DecisionLine {
    private let what: String
    private let time: String

    init(_ number: Int, _ entry: LedgerEntry) {
        let decision = entry.decision
        var what = decision.action.rawValue
        if let undoes = entry.undoes { what += " of decision \(undoes)" }
        switch decision.subjects.count {
        case 0: break
        case 1: what += " \(decision.subjects[0].fingerprint.description.prefix(16))\(Printable.behind(decision.subjects[0].label))"
        case let count: what += " \(count) certificates"
        }
        self.what = "\(number)  \(what) by \(Printable(decision.operator.described, limit: 64))"
        time = entry.time
    }

    func text(now: Timestamp) -> String { "\(what), \(Ago.text(time, now: now))" }
}

/// At a console, which has no ledger of what the fleet decides.
extension DecisionLine {
    /// The last ones that count, the latest first.
    static func last(_ count: Int, of state: FleetState) -> [DecisionLine] {
        state.accepted.suffix(count).reversed().compactMap { state.decision($0) }.map { DecisionLine($0) }
    }

    /// One that was signed, by its serial.
    private init(_ decision: Fleet.Decision) {
        let blocks = decision.blocks
        let what = blocks.count == 1 ? Self.what(blocks[0]) : "\(blocks.count) at once"
        self.what = "\(decision.serial)  \(what) by \(Printable(decision.signer, limit: 64))"
        time = decision.time.description
    }

    private static func what(_ block: DecisionBlock) -> String {
        switch block {
        case .fingerprint(let block):
            let verb = block.after == .approved ? "approve" : block.after == .denied ? "deny" : "revoke"
            return "\(verb) \(block.digest.description.prefix(16))\(Printable.behind(block.label))"
        case .key(let block): return "key \(Printable(block.key.name, limit: 64)): \(block.after.rawValue)"
        case .member(let block): return "relay \(Printable(block.key.name, limit: 64)): \(block.after.rawValue)"
        }
    }
}

import Trust
import TrustCore

/// A decision in one line: `17  approve 0986150696DCA5C5 (dave) by root, 3 min ago`.
struct DecisionLine {
    let text: String

    init(_ number: Int, _ entry: LedgerEntry, now: Timestamp) {
        let decision = entry.decision
        var what = decision.action.rawValue
        if let undoes = entry.undoes { what += " of decision \(undoes)" }
        switch decision.subjects.count {
        case 0: break
        case 1: what += " \(decision.subjects[0].fingerprint.description.prefix(16))\(Printable.behind(decision.subjects[0].label))"
        case let count: what += " \(count) certificates"
        }
        text = "\(number)  \(what) by \(Printable(decision.operator.described, limit: 64)), \(Ago.text(entry.time, now: now))"
    }
}

import EximControl
import TrustCore

extension TrustPlan {
    /// Tells the machine's log who decided what and why, and, of what is done, which line of the ledger says so: with a log that is sent
    /// elsewhere, somebody can tell later whether that line was altered or taken away, the last one too.
    package func log(outcome: String, _ line: LedgerSeal? = nil) {
        var more: [(String, String)] = decision.reason.map { [("REASON", $0)] } ?? []
        if let line { more += [("LEDGER_LINE", String(line.number)), ("LEDGER_DIGEST", line.digest)] }
        if let setup = entry.effects.setup {
            let way = setup.trust.map { "trust by \($0.rawValue)" } ?? "taken back"
            SystemLog.send(
                "setup, \(way), by \(decision.operator.described): \(outcome)", severity: outcome == "done" ? .notice : .warning,
                facility: .auth, identifier: "trustctl",
                fields: [("ACTION", decision.action.rawValue), ("OPERATOR", decision.operator.described), ("OUTCOME", outcome)] + more)
        }
        for subject in decision.subjects {
            SystemLog.send(
                "\(decision.action.rawValue) \(subject.fingerprint) by \(decision.operator.described): \(outcome)",
                severity: outcome == "done" ? .notice : .warning, facility: .auth, identifier: "trustctl",
                fields: [
                    ("FINGERPRINT", subject.fingerprint.description), ("ACTION", decision.action.rawValue),
                    ("OPERATOR", decision.operator.described),
                    ("OUTCOME", outcome),
                ] + more)
        }
    }
}

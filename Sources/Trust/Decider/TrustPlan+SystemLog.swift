import EximControl
import TrustCore

extension TrustPlan {
    /// Sends to the machine's log who decided what and why, one record for each fingerprint and one for a setup. For what is done it also
    /// names the ledger's line: where the log is sent elsewhere, somebody can tell later whether that line was altered or removed.
    func log(outcome: String, _ line: LedgerSeal? = nil) {
        let by = decision.operator.described
        var fields = [("ACTION", decision.action.rawValue), ("OPERATOR", by), ("OUTCOME", outcome)]
        if let reason = decision.reason { fields.append(("REASON", reason)) }
        if let line { fields += [("LEDGER_LINE", String(line.number)), ("LEDGER_DIGEST", line.digest)] }
        func send(_ what: String, _ more: [(String, String)] = []) {
            SystemLog.send(
                "\(what) by \(by): \(outcome)", severity: outcome == "done" ? .notice : .warning, facility: .auth, identifier: "trustctl",
                fields: more + fields)
        }
        if let setup = entry.effects.setup {
            send("setup, \(setup.trust.map { "trust by \($0.rawValue)" } ?? "taken back"),")
        }
        if let invitation = entry.effects.invitation, decision.subjects.isEmpty {
            send("\(decision.action.rawValue) invitation \(invitation)", [("INVITATION", invitation)])
        }
        for issued in entry.effects.issued ?? [] {
            send("sign \(issued.fingerprint)", [("FINGERPRINT", issued.fingerprint.description)])
        }
        for subject in decision.subjects {
            send("\(decision.action.rawValue) \(subject.fingerprint)", [("FINGERPRINT", subject.fingerprint.description)])
        }
    }
}

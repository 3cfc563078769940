package import TrustCore

extension Ledger {
    /// The last word about each fingerprint.
    package var latest: [Fingerprint: LastWord] {
        var latest: [Fingerprint: LastWord] = [:]
        for entry in entries where entry.decision.action != .forget {
            for subject in entry.decision.subjects {
                var subject = subject
                let before = latest[subject.fingerprint]
                // An undo or a repeated decision adds no evidence to what the ones before it had.
                if subject.evidence == nil { subject.evidence = before?.subject.evidence }
                let label = subject.label ?? (subject.after == .approved ? nil : before?.label)
                let wasApproved = subject.before == .approved || subject.after == .approved || before?.wasApproved ?? false
                latest[subject.fingerprint] = LastWord(entry: entry, subject: subject, label: label, wasApproved: wasApproved)
            }
        }
        return latest
    }

    /// The last decision about a fingerprint.
    package struct LastWord {
        package let entry: LedgerEntry
        package let subject: Decision.Subject
        /// The label that it has, or had when it was approved last.
        package let label: String?
        /// Whether it was ever approved.
        package let wasApproved: Bool

        package var decision: Decision { entry.decision }

        /// Whether a fingerprint in `state` is what this decision did not make it: approved, although it was revoked or denied.
        package func isAgainst(_ state: TrustState) -> Bool { state == .approved && subject.after != .approved }

        /// As in “it was revoked on 2026-11-22 by root”. Safe to print.
        package var past: String {
            let by = Printable(decision.operator.described, limit: 100)
            return decision.action == .undo
                ? "taken back on \(decision.time.prefix(10)) by \(by), decision \(entry.number)"
                : "\(decision.action.past) on \(decision.time.prefix(10)) by \(by)"
        }

        /// The label in parentheses behind a blank; empty without one. Safe to print.
        package var named: String { label.map { " (\(Printable($0, limit: 64)))" } ?? "" }
    }
}

extension Decision.Action {
    /// As in “it was approved on …”.
    fileprivate var past: String {
        switch self {
        case .approve: "approved"
        case .deny: "denied"
        case .revoke: "revoked"
        case .forget: "forgotten"
        case .undo: "the subject of an undo"
        case .setup: "set up"
        case .mend: "mended"
        }
    }
}

import Certificates
package import TrustCore

extension Ledger {
    /// The last decision about a fingerprint, with what is known from those before it.
    package struct LastWord: Equatable {
        /// The decision's number in the ledger.
        package let number: Int
        package let action: Decision.Action
        /// RFC 3339, in UTC.
        package let time: String
        /// Who decided, as `Operator.described`.
        package let by: String
        /// What the fingerprint has been since, as far as decisions say.
        package let after: TrustState
        /// The label that it has, or had when it was approved last.
        package let label: String?
        /// When the approval ends; nil while it is not approved.
        package let until: Timestamp?
        /// The note that it has, or had when it was approved last.
        package let note: String?
        /// Whether it was ever approved.
        package let wasApproved: Bool
        /// When Exim had read the list that no longer holds it; nil while it is approved.
        let lost: String?
        package internal(set) var reason: String?
        /// What was known when it was decided. From a checkpoint it is only what lists show.
        @Apart package internal(set) var evidence: Evidence?
        /// Of the certificate in the evidence. From a checkpoint it is without the certificate itself.
        @Apart var outline: CertificateOutline?
        /// Where the decision's line begins in the ledger, and the line with the evidence.
        let place: Int
        let evidencePlace: Int?
        var extent = Extent.whole

        /// How much of reason, evidence and certificate is here; the rest is in these lines.
        enum Extent { case whole, lists, reference }
        /// Whether lists need nothing of the evidence that is not here.
        var hasListedEvidence = true

        /// Whether a fingerprint in `state` is what this decision did not make it: approved, although it was revoked or denied.
        package func isAgainst(_ state: TrustState) -> Bool { state == .approved && after != .approved }

        /// The time and the day as they may be shown. The attack: whoever has written a line of the ledger has put marks into its time that
        /// turn a line of the terminal round.
        package var shownTime: String { Printable(time, limit: 40).description }
        package var day: String { Printable(time.prefix(10), limit: 40).description }

        /// As in “it was revoked on 2026-11-22 by root”. Safe to print.
        package var past: String {
            let by = Printable(by, limit: 200)
            return action == .undo
                ? "taken back on \(day) by \(by), decision \(number)" : "\(verb) on \(day) by \(by)"
        }

        /// A fleet's decision is called after what it said.
        private var verb: String {
            if action == .fleet { return after == .approved ? "approved" : after == .denied ? "denied" : "revoked" }
            return isReplaced ? "replaced" : action.past
        }

        /// Whether another one was approved in its place.
        private var isReplaced: Bool { action == .approve && after != .approved }

        /// The same in two words: `was revoked`. An undo is called after what it took back.
        package var was: String { action == .undo ? "was taken back" : "was \(verb)" }

        /// The label in parentheses behind a blank; empty without one. Safe to print.
        package var named: String { Printable.behind(label) }
    }
}

extension Ledger.LastWord {
    /// The word about `subject` in the decision of `entry`, whose line begins at `place`, after the word `before`.
    init(_ entry: LedgerEntry, _ subject: Decision.Subject, at place: Int, after before: Ledger.LastWord?) {
        let decision = entry.decision
        number = entry.number
        action = decision.action
        time = decision.time
        let signed = entry.effects.fleet.flatMap { fleet in fleet.decision(about: subject).map { ($0, fleet.name) } }
        by = signed.map { "\($0.signer), decision \($0.serial) of \($1)" } ?? decision.operator.described
        after = subject.after
        label = subject.label ?? (subject.after == .approved ? nil : before?.label)
        until = subject.after == .approved ? subject.terms.until : nil
        note = subject.terms.note ?? (subject.after == .approved ? nil : before?.note)
        wasApproved = subject.before == .approved || subject.after == .approved || before?.wasApproved ?? false
        lost = subject.after == .approved ? nil : subject.before == .approved ? entry.done : before?.lost
        reason = signed?.0.reason ?? decision.reason
        // An undo or a repeated decision adds no evidence to what the ones before it had.
        evidence = subject.evidence ?? before?.evidence
        outline = subject.evidence == nil ? before?.outline : nil
        evidencePlace = subject.evidence == nil ? before?.evidencePlace : place
        if subject.evidence == nil, let before, before.extent != .whole {
            hasListedEvidence = before.hasListedEvidence
            extent = hasListedEvidence ? .lists : .reference
        }
        self.place = place
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
        case .expire: "removed at its end"
        case .import: "imported"
        case .fleet: "decided by the fleet"
        case .sign: "issued"
        case .setup: "set up"
        case .invite, .cancel, .close: "the subject of an invitation"
        case .mend: "mended"
        }
    }
}

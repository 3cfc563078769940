import Glibc
package import TrustCore

/// Who decided what about which certificates, when, why and on what evidence.
///
/// It is portable: it names no file and no line of this host. What it changed here is in `LocalEffects`, its place in this host's ledger in
/// `LedgerEntry`.
package struct Decision: Equatable {
    /// Unique. An interrupted change is recognised by it.
    package let id: String
    /// RFC 3339, in UTC.
    package let time: String
    package let action: Action
    package let `operator`: Operator
    package let reason: String?
    package internal(set) var subjects: [Subject]

    package enum Action: String, Codable {
        case approve, deny, revoke, forget, undo, setup
        /// Certificates that have ended are no longer in the list.
        case expire
        /// What another relay has decided was taken over.
        case `import`
        /// What a fleet's decisions say was made so here.
        case fleet
        /// Our own CA has issued certificates. Whom they let in is Exim's affair: no fingerprint becomes anything else.
        case sign
        /// About an invitation: it was made, taken back, or closed because its code was seen by two.
        case invite, cancel, close
        /// Nothing was decided: the ledger was mended after a crash.
        case mend

        package var isAboutInvitation: Bool { [.invite, .cancel, .close].contains(self) }
        var endsInvitation: Bool { self == .cancel || self == .close }
    }

    /// What became of one fingerprint.
    package struct Subject: Equatable {
        package let fingerprint: Fingerprint
        package let before: TrustState
        package let after: TrustState
        /// Those that it has from now on, or those that it had while it was approved.
        package let terms: Terms
        /// Those of an approved certificate before it got others.
        package let termsBefore: Terms
        @Apart package internal(set) var evidence: Evidence?
        /// Which of the fleet's decisions says so, by its place in `LocalEffects.FleetChange.decisions`; nil where none does.
        package internal(set) var signed: Int?

        init(
            fingerprint: Fingerprint, before: TrustState, after: TrustState, terms: Terms = Terms(), termsBefore: Terms = Terms(),
            evidence: Evidence? = nil
        ) {
            self.fingerprint = fingerprint
            self.before = before
            self.after = after
            self.terms = terms
            self.termsBefore = termsBefore
            self.evidence = evidence
        }

        package var label: String? { terms.label }

        /// Whether nothing but the terms changed.
        package var onlyChangesTerms: Bool { before == .approved && after == .approved }
        package var losesTrust: Bool { before == .approved && after != .approved }
    }

    init(id: String, time: String, action: Action, operator: Operator, reason: String? = nil, subjects: [Subject]) {
        self.id = id
        self.time = time
        self.action = action
        self.operator = `operator`
        self.reason = reason
        self.subjects = subjects
    }

    /// A new decision, with an id of its own.
    package init(
        _ action: Action, by operator: Operator, at now: Timestamp = .now, reason: String? = nil, subjects: [Subject] = []
    ) {
        self.init(
            id: "\(now)-\(getpid())-\(UInt32.random(in: .min ... .max))", time: now.description, action: action, operator: `operator`,
            reason: reason, subjects: subjects)
    }
}

extension Decision: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, time, action, `operator`, reason
        case subjects = "fingerprints"
    }
}

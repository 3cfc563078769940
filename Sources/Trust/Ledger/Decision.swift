import Glibc
package import TrustCore

/// Who decided what about which certificates, when, why and on what evidence. It says nothing of the host: what it changed there is in
/// `LocalEffects`.
package struct Decision: Equatable {
    /// Names this decision alone. By it a change that was interrupted is found again.
    package let id: String
    package let time: String
    package let action: Action
    /// The decision that this one takes back.
    package var undoes: Int?
    package let `operator`: Operator
    package let reason: String?
    package let subjects: [Subject]

    package enum Action: String, Codable {
        case approve, deny, revoke, forget, undo, setup
        /// Nothing was decided: the ledger was mended after a crash.
        case mend
    }

    /// What became of one fingerprint.
    package struct Subject: Codable, Equatable {
        package let fingerprint: Fingerprint
        package let before: TrustState
        package let after: TrustState
        package let label: String?
        /// The label that an approved one had before it got another; nil when it had none.
        package let labelBefore: String?
        package var evidence: Evidence?

        package init(
            fingerprint: Fingerprint, before: TrustState, after: TrustState, label: String? = nil, labelBefore: String? = nil,
            evidence: Evidence? = nil
        ) {
            self.fingerprint = fingerprint
            self.before = before
            self.after = after
            self.label = label
            self.labelBefore = labelBefore
            self.evidence = evidence
        }

        package enum CodingKeys: String, CodingKey {
            case fingerprint, before, after, label, evidence
            case labelBefore = "label_before"
        }

        /// Whether nothing but the label changed.
        package var onlyRelabels: Bool { before == .approved && after == .approved }
        package var losesTrust: Bool { before == .approved && after != .approved }
    }

    /// One that was made elsewhere, or before.
    package init(
        id: String, time: String, action: Action, undoes: Int? = nil, operator: Operator, reason: String? = nil, subjects: [Subject]
    ) {
        self.id = id
        self.time = time
        self.action = action
        self.undoes = undoes
        self.operator = `operator`
        self.reason = reason
        self.subjects = subjects
    }

    /// A new one.
    package init(
        _ action: Action, by operator: Operator, at now: Timestamp = .now, reason: String? = nil, undoes: Int? = nil,
        subjects: [Subject] = []
    ) {
        self.init(
            id: "\(now)-\(getpid())-\(UInt32.random(in: .min ... .max))", time: now.description, action: action, undoes: undoes,
            operator: `operator`, reason: reason, subjects: subjects)
    }
}

extension Decision: Codable {
    package enum CodingKeys: String, CodingKey {
        case id, time, action, undoes, `operator`, reason
        case subjects = "fingerprints"
    }
}

/// What a fingerprint is to us. One fingerprint has one: approved goes before denied before pending.
package enum TrustState: String, Codable, CaseIterable {
    case pending, approved, denied
    /// Not known, or not any more.
    case none
}

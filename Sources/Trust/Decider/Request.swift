import TrustCore

/// What somebody wants decided about certificates: an operator at a terminal, a timer, an invitation, another host.
package struct Request {
    package let action: Decision.Action
    /// Why; kept in the ledger.
    package let reason: String?
    /// The decision that is taken back.
    package var undoes: Int?
    /// Whether a CA:TRUE certificate may go into a directory that other programs trust.
    package var allowsCA = false
    /// The certificates whose connections are to be ended.
    package var ending: TrustPlan.Naming?
    /// What each certificate is to become, given what is known. Asked again under the lock.
    package let wishes: TrustPlan.Wishing

    package init(
        _ action: Decision.Action, reason: String?, wishes: @escaping TrustPlan.Wishing
    ) {
        self.action = action
        self.reason = reason
        self.wishes = wishes
    }

    /// Whether it could end somebody's trust.
    var mayTakeTrustAway: Bool { action != .approve && action != .forget }
}

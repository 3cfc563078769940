package import Host
import TrustCore

/// One round over the queue: what renews an approved certificate is approved, where `renew` in trustd.conf says so.
package struct RenewalRound {
    private let decider: Decider
    private var local: LocalTrust { decider.local }
    /// For the lock, in seconds.
    private let patience: Int

    package init(_ decider: Decider, patience: Int = 60) { (self.decider, self.patience) = (decider, patience) }

    package struct Result {
        package let renewal: Renewal
        package let outcome: Outcome
    }

    package enum Outcome {
        /// With what the operator should know besides.
        case approved(TrustPlan, [String])
        /// A person must decide, for these reasons.
        case waits([String])
    }

    /// What became of all that renew one. One after the other, because each can be taken back by itself, and none can keep another one out.
    package func run() throws(Failure) -> [Result] {
        guard local.configuration.renew.way.isAutomatic else { return [] }
        try local.checkRenewsByItself()
        try local.checkMayChange()
        var register = try local.look()
        try register.requireQueue()
        guard !register.entries.isEmpty else { return [] }
        try register.lookAtMany()
        let warnings = Warnings(register)
        var results: [Result] = []
        for renewal in warnings.renewals() {
            let obstacles = warnings.obstacles(to: renewal)
            if let theft = renewal.theft { log(theft, renewal) }
            if !obstacles.isEmpty {
                results.append(Result(renewal: renewal, outcome: .waits(obstacles)))
            } else if let outcome = try approve(renewal) {
                results.append(Result(renewal: renewal, outcome: outcome))
            }
        }
        return results
    }

    /// Nil when it is no longer wanted.
    private func approve(_ renewal: Renewal) throws(Failure) -> Outcome? {
        let reason = "renew = \(local.configuration.renew.way.rawValue) in \(local.file): renews \(renewal.name)"
        let proposal: CertificateProposal
        do throws(Failure) {
            proposal = try decider.propose(.renewal(renewal, reason: reason), by: .current, recovering: false)
        } catch {
            // It can never relay, by the way of trust that is in force.
            guard error.exit == .refused else { throw error }
            return .waits(error.messages)
        }
        guard proposal.plan != nil else { return nil }
        let outcome = try decider.carryOut(proposal, by: .current, waiting: patience)
        return outcome.plan.map { .approved($0, proposal.cautions + outcome.notes) }
    }

    private func log(_ theft: String, _ renewal: Renewal) {
        SystemLog.send(
            "\(theft): \(renewal.fingerprint) is not approved", severity: .warning, facility: .auth, identifier: "trustctl",
            fields: [("FINGERPRINT", renewal.fingerprint.description)])
    }
}

extension TrustPlan {
    /// The same, as the renewal of `old` without a person; one was approved by a person last at `since`.
    func renewing(_ old: Fingerprint, since: String?) -> TrustPlan {
        var plan = self
        (plan.entry.effects.renews, plan.entry.effects.since) = (old, since)
        return plan
    }
}

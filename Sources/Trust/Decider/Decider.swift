package import Host

/// Decides: proposes a change and carries it out. It neither asks nor prints, so that a command, a timer or an agent can call it.
package struct Decider {
    package let local: LocalTrust

    package init(_ local: LocalTrust) { self.local = local }

    /// What `request` would change, as `operator`. Nothing changes but what was interrupted before, which is ended first unless
    /// `recovering` is false.
    package func propose(
        _ request: Request, by operator: Operator, recovering: Bool = true
    ) throws(Failure) -> CertificateProposal {
        try CertificateProposal(request, local, by: `operator`, recovering: recovering)
    }

    /// Carries out what was proposed, in one transaction: takes the lock, ends what was interrupted, makes the plan anew, and refuses when
    /// that would change more than was proposed. Waits up to `seconds` for the lock.
    package func carryOut(
        _ proposal: some Proposal, by operator: Operator, waiting seconds: Int
    ) throws(Failure) -> Outcome {
        do throws(Failure) {
            try local.checkMayChange()
            return try local.locked(waiting: seconds) { () throws(Failure) in try settle(proposal, by: `operator`) }
        } catch { throw proposal.naming(error) }
    }

    private func settle(_ proposed: some Proposal, by operator: Operator) throws(Failure) -> Outcome {
        try local.recover()
        guard let agreed = proposed.plan else { return Outcome(plan: nil, notes: try proposed.repeated()) }
        let proposal = try proposed.renewed(by: `operator`)
        guard var plan = proposal.plan else { return Outcome(plan: nil, notes: try proposal.repeated()) }
        guard Set(plan.fingerprints).isSubset(of: agreed.fingerprints) else {
            throw Failure("refused: what is to be changed has changed meanwhile", .busy, hint: "look again, then repeat the command")
        }
        var notes: [String] = []
        let done: TrustChange.Done
        do throws(TrustChangeError) {
            done = try ThisProcess.ignoringSignals { () throws(TrustChangeError) in
                try local.changes.apply(plan) { candidates throws(Failure) in notes = try proposal.judge(candidates) }
            }
        } catch {
            let failure = Failure(error)
            if proposal.isLogged { plan.log(outcome: failure.reason) }
            throw failure
        }
        plan.entry.number = done.line.number
        if proposal.isLogged { plan.log(outcome: "done", done.line) }
        return Outcome(plan: plan, notes: done.notes.map { $0.text(local.configuration) } + notes + (try proposal.conclude(plan, done)))
    }
}

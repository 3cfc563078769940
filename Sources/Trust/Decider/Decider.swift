package import Host

/// Proposes a change and carries it out. It neither asks nor prints, so that a command, a timer or an agent can use it.
package struct Decider {
    package let local: LocalTrust

    package init(_ local: LocalTrust) { self.local = local }

    /// What `request` would change. Proposing changes nothing itself. Unless `recovering` is false, it first ends a change that was
    /// interrupted before, if this process may.
    package func propose(
        _ request: Request, by operator: Operator, recovering: Bool = true
    ) throws(Failure) -> CertificateProposal {
        try CertificateProposal(request, local, by: `operator`, recovering: recovering)
    }

    /// Carries out `proposal` in one transaction, or does nothing where it proposes nothing. Waits up to `seconds` for the lock.
    ///
    /// Under the lock the proposal is made anew. When that would change more fingerprints than those that were agreed to, nothing changes
    /// and the failure is `.busy`.
    package func carryOut(
        _ proposal: some Proposal, by operator: Operator, waiting seconds: Int
    ) throws(Failure) -> Outcome {
        do throws(Failure) {
            try local.checkMayChange()
            return try local.locked(waiting: seconds) { () throws(Failure) in
                try local.recover()
                return try carryOut(agreed: proposal, by: `operator`)
            }
        } catch { throw proposal.naming(error) }
    }

    /// Carries out at once what was agreed to elsewhere. The caller holds the lock, and has recovered what was interrupted.
    package func carryOutLocked(_ request: Request, by operator: Operator) throws(Failure) -> Outcome {
        // It was made under the lock, so it need not be made anew: it may be about very many.
        let proposal = try CertificateProposal(request, local, by: `operator`, recovering: false)
        do throws(Failure) {
            if proposal.plan != nil { try request.checkMayDecide(on: local) }
            return try carryOut(proposal)
        } catch { throw proposal.naming(error) }
    }

    private func carryOut(agreed: some Proposal, by operator: Operator) throws(Failure) -> Outcome {
        guard let agreedPlan = agreed.plan else { return Outcome(plan: nil, notes: try agreed.repeated()) }
        let proposal = try agreed.renewed(by: `operator`)
        guard Set(proposal.plan?.fingerprints ?? []).isSubset(of: agreedPlan.fingerprints) else {
            throw Failure("refused: what would change is not what was agreed to", .busy, hint: "look again, then repeat the command")
        }
        return try carryOut(proposal)
    }

    /// What was proposed under the lock.
    private func carryOut(_ proposal: some Proposal) throws(Failure) -> Outcome {
        guard var plan = proposal.plan else { return Outcome(plan: nil, notes: try proposal.repeated()) }
        var notes: [String] = []
        let done: Transaction.Done
        do throws(TransactionError) {
            done = try ThisProcess.ignoringSignals { () throws(TransactionError) in
                try local.transaction.apply(plan) { candidates throws(Failure) in notes = try proposal.judge(candidates) }
            }
        } catch {
            let failure = Failure(error)
            if proposal.isLogged { plan.log(outcome: failure.reason) }
            throw failure
        }
        plan.entry.number = done.line.number
        if proposal.isLogged { plan.log(outcome: done.left.isEmpty ? "done" : "done, but not everywhere", done.line) }
        notes = done.notes.map { $0.text(local.configuration) } + notes + (try proposal.conclude(plan, done))
        guard done.left.isEmpty else { throw Failure(done.left, notes: notes) }
        return Outcome(plan: plan, notes: notes)
    }
}

import Glibc
import Host
import Trust
import TrustCore

/// The way that every decision takes at a terminal: propose, show, ask, carry out, tell.
struct Change {
    /// Asks whether to go on; throws when not.
    typealias Question = (TrustPlan, CertificateProposal) throws(Failure) -> Void

    private let decider: Decider
    private let json: Bool
    private let isDry: Bool
    private let wait: Int
    private let ask: Question

    init(_ common: CommonOptions, _ options: ChangeOptions) throws(Failure) {
        decider = Decider(try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json)))
        (json, isDry, wait) = (common.json, options.dryRun, options.lock.wait)
        let confirmation = Confirmation(assumeYes: options.yes)
        ask = { plan, proposal throws(Failure) in try confirmation.ask(plan, proposal.register, proposal.cautions, once: proposal.asksOnce)
        }
    }

    /// Where the card was shown already, and a key has decided.
    init(_ decider: Decider, waiting wait: Int, ask: @escaping Question) {
        (self.decider, self.wait, self.ask) = (decider, wait, ask)
        (json, isDry) = (false, false)
    }

    /// What was done; nil when there was nothing to do, or only to show.
    @discardableResult
    func carryOut(_ request: Request) throws(Failure) -> TrustPlan? { try carryOutTelling(request).plan }

    /// The same, and what the operator was told besides.
    func carryOutTelling(_ request: Request) throws(Failure) -> (plan: TrustPlan?, notes: [String]) {
        let proposal = try decider.propose(request, by: .current, recovering: !isDry)
        if isDry {
            showDry(proposal, request)
            return (nil, [])
        }
        if let plan = proposal.plan {
            do throws(Failure) {
                try decider.local.checkMayChange()
                try ask(plan, proposal)
            } catch { throw proposal.naming(error) }
        }
        let outcome = try decider.carryOut(proposal, by: .current, waiting: wait)
        show(
            outcome.plan.map { Report.done($0, notes: outcome.notes, told: proposal.cautions) }
                ?? Report.nothing(request.action, notes: proposal.cautions + outcome.notes))
        return (outcome.plan, proposal.cautions + outcome.notes)
    }

    private func showDry(_ proposal: CertificateProposal, _ request: Request) {
        guard let plan = proposal.plan else { return show(Report.nothing(request.action, notes: proposal.cautions)) }
        Confirmation.warn(of: plan, proposal.register)
        Confirmation.tell(proposal.cautions)
        show(Report.dryRun(plan, proposal.register))
    }

    private func show(_ answer: Answer) { Terminal.show(answer, json: json) }
}

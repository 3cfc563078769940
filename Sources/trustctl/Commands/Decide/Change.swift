import Glibc
import Host
import Trust
import TrustCore

/// The way that every decision takes at a terminal: propose, show, ask, carry out, tell.
struct Change {
    let decider: Decider
    let common: CommonOptions
    let options: ChangeOptions

    init(_ common: CommonOptions, _ options: ChangeOptions) throws(Failure) {
        decider = Decider(try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json)))
        self.common = common
        self.options = options
    }

    func carryOut(_ request: Request) throws(Failure) {
        let proposal = try decider.propose(request, by: .current, recovering: !options.dryRun)
        if options.dryRun {
            guard let plan = proposal.plan else { return show(Report.nothing(request.action, notes: proposal.cautions)) }
            Confirmation.warn(of: plan, proposal.register)
            Confirmation.tell(proposal.cautions)
            return show(Report.dryRun(plan, proposal.register))
        }
        if let plan = proposal.plan {
            do throws(Failure) {
                try decider.local.checkMayChange()
                try Confirmation(assumeYes: options.yes).ask(plan, proposal.register, proposal.cautions)
            } catch { throw proposal.naming(error) }
        }
        let outcome = try decider.carryOut(proposal, by: .current, waiting: options.wait)
        show(
            outcome.plan.map { Report.done($0, notes: outcome.notes, told: proposal.cautions) }
                ?? Report.nothing(request.action, notes: proposal.cautions + outcome.notes))
    }

    private func show(_ answer: Answer) { Terminal.show(answer, json: common.json) }
}

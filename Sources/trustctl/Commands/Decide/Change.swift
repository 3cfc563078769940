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
        decider = Decider(try LocalTrust(config: common.config, progress: Terminal.progress))
        self.common = common
        self.options = options
    }

    func carryOut(_ request: Request) throws(Failure) {
        let proposal = try decider.propose(request, by: .current, recovering: !options.dryRun)
        let report = Report(json: common.json)
        if options.dryRun {
            guard let plan = proposal.plan else { return report.nothing(request.action) }
            return report.planned(plan, proposal.register)
        }
        if let plan = proposal.plan {
            do throws(Failure) {
                try decider.local.checkMayChange()
                try Confirmation(assumeYes: options.yes).ask(plan, proposal.register)
            } catch { throw proposal.naming(error) }
        }
        let outcome = try decider.carryOut(proposal, by: .current, waiting: options.wait)
        if let done = outcome.plan {
            report.done(done, notes: outcome.notes)
        } else {
            report.nothing(request.action, notes: outcome.notes)
        }
    }
}

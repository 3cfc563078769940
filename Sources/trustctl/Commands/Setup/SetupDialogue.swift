import Host
import Setup
import SystemPackage
import Trust

/// The way that every setup takes at a terminal, the relay's and the client's: propose, show, ask, carry out, tell.
struct SetupDialogue<Report: SetupReporting> {
    let decider: Decider
    let options: ChangeOptions
    let report: Report

    /// `record` says what an earlier setup has changed; `removes`: that is taken back.
    func carryOut(
        record: FilePath, removes: Bool, proposing propose: () throws(Failure) -> Report.Proposal
    ) throws(Failure) {
        let local = decider.local
        if removes, local.hasNothing(of: record) { return report.nothing(nil) }
        try local.checkMayChange()
        if !options.dryRun { try local.locked(waiting: options.wait) { () throws(Failure) in try local.recover() } }
        let proposal = try propose()
        guard let plan = proposal.plan else { return report.nothing(proposal) }
        if options.dryRun { return report.planned(plan, proposal) }
        try proposal.checkOwners()
        proposal.pause()
        report.show(proposal)
        try Confirmation(assumeYes: options.yes).ask(removes ? "Take all of this back?" : "Change these files?")
        let outcome = try decider.carryOut(proposal, by: .current, waiting: options.wait)
        if let done = outcome.plan { report.done(done, proposal, notes: outcome.notes) }
    }
}

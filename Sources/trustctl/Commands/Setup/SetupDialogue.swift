import Host
import Setup
import SystemPackage
import Trust

/// The way that every setup takes at a terminal, the relay's and the client's: propose, show, ask, carry out, tell.
struct SetupDialogue<Report: SetupReporting> {
    let decider: Decider
    let common: CommonOptions
    let options: ChangeOptions
    let report: Report
    /// Whether it says on standard output what was done.
    var shows = true

    /// `record` says what an earlier setup has changed; `removes`: that is taken back.
    func carryOut(
        record: FilePath, removes: Bool, proposing propose: () throws(Failure) -> Report.Proposal
    ) throws(Failure) {
        let local = decider.local
        if removes, local.hasNothing(of: record) { return show(report.nothing(nil)) }
        try local.checkMayChange()
        if !options.dryRun { try local.locked(waiting: options.lock.wait) { () throws(Failure) in try local.recover() } }
        let proposal = try propose()
        guard let plan = proposal.plan else { return show(report.nothing(proposal)) }
        if options.dryRun { return show(report.dryRun(plan, proposal)) }
        try proposal.checkOwners()
        proposal.pause()
        SetupDiff(proposal.transition).tell(notes: proposal.notes)
        try Confirmation(assumeYes: options.yes).ask(removes ? "Undo all of this?" : "Change these files?")
        let outcome = try decider.carryOut(proposal, by: .current, waiting: options.lock.wait)
        if let done = outcome.plan { show(report.done(done, proposal, notes: outcome.notes)) }
    }

    private func show(_ answer: Answer) { if shows { Terminal.show(answer, json: common.json) } }
}

import Setup
import Trust

/// What a setup shows before, and says afterwards.
protocol SetupReporting {
    associatedtype Proposal: SetupProposal

    /// There is nothing to do; `proposal` nil: there was nothing to take back.
    func nothing(_ proposal: Proposal?) -> Answer
    func dryRun(_ plan: TrustPlan, _ proposal: Proposal) -> Answer
    func done(_ plan: TrustPlan, _ proposal: Proposal, notes: [String]) -> Answer
}

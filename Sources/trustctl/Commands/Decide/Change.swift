import FleetHost
import Glibc
import Host
import Trust
import TrustCore

/// The way that every decision takes at a terminal: propose, show, ask, carry out, tell.
struct Change {
    /// Asks whether to go on; throws when not.
    typealias Question = (TrustPlan, CertificateProposal) throws(Failure) -> Void

    let decider: Decider
    let json: Bool
    let isDry: Bool
    /// A key has decided below the card: who shows that also tells the answers of a fleet's relays.
    let isByKey: Bool
    let wait: Int
    let ask: Question
    let confirmation: Confirmation
    private let choice: FleetChoice

    init(_ common: CommonOptions, _ options: ChangeOptions, _ choice: FleetChoice = FleetChoice(signWith: nil)) throws(Failure) {
        self.choice = choice
        decider = Decider(try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json)))
        (json, isDry, wait, isByKey) = (common.json, options.dryRun, options.lock.wait, false)
        let confirmation = Confirmation(assumeYes: options.yes)
        self.confirmation = confirmation
        ask = { plan, proposal throws(Failure) in try confirmation.ask(plan, proposal.register, proposal.cautions, once: proposal.asksOnce)
        }
    }

    /// Where the card was shown already, and a key has decided.
    init(_ decider: Decider, waiting wait: Int, _ choice: FleetChoice, ask: @escaping Question) {
        (self.decider, self.wait, self.choice, self.ask) = (decider, wait, choice, ask)
        (json, isDry, isByKey) = (false, false, true)
        confirmation = Confirmation(assumeYes: true)
    }

    struct Done {
        /// Nil when there was nothing to do, or only to show.
        let plan: TrustPlan?
        /// What the operator was told besides.
        let notes: [String]
        /// What was signed for a fleet.
        var signed: SigningOptions.Signed?
    }

    /// What was done; nil when there was nothing to do, or only to show.
    @discardableResult
    func carryOut(_ request: Request) throws(Failure) -> TrustPlan? { try carryOutTelling(request).plan }

    /// The same, with all that came of it.
    func carryOutTelling(_ request: Request) throws(Failure) -> Done {
        var request = request
        if let fleet = try choice.fleet(decider.local, &request) { return try decide(request, in: fleet, choice) }
        let proposal = try decider.propose(request, by: .current, recovering: !isDry)
        if isDry {
            showDry(proposal, request)
            return Done(plan: nil, notes: [])
        }
        let own = request.isLocal ? try LocalFleet(decider.local) : nil
        if let plan = proposal.plan {
            do throws(Failure) {
                try decider.local.checkMayChange()
                try own?.check(own: plan)
                try ask(plan, proposal)
            } catch { throw proposal.naming(error) }
        }
        if let plan = proposal.plan { try own?.prepare(own: plan) }
        let outcome = try decider.carryOut(proposal, by: .current, waiting: wait)
        if let plan = outcome.plan { try own?.conclude(own: plan) }
        show(
            outcome.plan.map { Report.done($0, notes: outcome.notes, told: proposal.cautions, isLocal: own != nil) }
                ?? Report.nothing(request.action, notes: proposal.cautions + outcome.notes))
        return Done(plan: outcome.plan, notes: proposal.cautions + outcome.notes)
    }

    func showDry(_ proposal: CertificateProposal, _ request: Request) {
        guard let plan = proposal.plan else { return show(Report.nothing(request.action, notes: proposal.cautions)) }
        Confirmation.warn(of: plan, proposal.register)
        Confirmation.tell(proposal.cautions)
        show(Report.dryRun(plan, proposal.register))
    }

    func show(_ answer: Answer) { Terminal.show(answer, json: json) }
}

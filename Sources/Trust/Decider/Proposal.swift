package import Host

/// A change that can be shown before anybody agrees to it. `Decider.carryOut` makes it so.
package protocol Proposal {
    /// What would change; nil when there is nothing to do.
    var plan: TrustPlan? { get }
    /// The same, made anew. Called under the lock: nothing that was read before it counts.
    func renewed(by operator: Operator) throws(Failure) -> Self
    /// May refuse candidates that Exim has accepted. Returns what the operator should know.
    func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String]
    /// Ends what a change that is done leaves over. Returns what the operator should know.
    func conclude(_ plan: TrustPlan, _ done: TrustChange.Done) throws(Failure) -> [String]
    /// Called under the lock when there is nothing to do. Returns what the operator should know.
    func repeated() throws(Failure) -> [String]
    /// `failure`, with the names of those who are still trusted because of it.
    func naming(_ failure: Failure) -> Failure
    /// Whether the machine's log is told.
    var isLogged: Bool { get }
}

extension Proposal {
    package func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String] { [] }
    package func naming(_ failure: Failure) -> Failure { failure }
    package var isLogged: Bool { true }
}

/// How a change that was carried out ended.
package struct Outcome {
    /// What was done, with its number in the ledger; nil: there was nothing to do.
    package let plan: TrustPlan?
    /// What the operator should know besides.
    package let notes: [String]
}

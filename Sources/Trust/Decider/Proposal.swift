package import Host

/// A change that can be shown before anybody agrees to it. `Decider.carryOut` makes it.
package protocol Proposal {
    /// What would change; nil when there is nothing to do.
    var plan: TrustPlan? { get }
    /// The same proposal, made anew. Called under the lock: what was read before may be outdated.
    func renewed(by operator: Operator) throws(Failure) -> Self
    /// May refuse candidates that Exim has accepted. Returns what the operator should know.
    func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String]
    /// Finishes what the transaction leaves to do when it is done. Returns what the operator should know.
    func conclude(_ plan: TrustPlan, _ done: Transaction.Done) throws(Failure) -> [String]
    /// Called under the lock when there is nothing to do. Returns what the operator should know.
    func repeated() throws(Failure) -> [String]
    /// `failure`, with the fingerprints that are still trusted because of it.
    func naming(_ failure: Failure) -> Failure
    /// Whether the change is sent to the machine's log.
    var isLogged: Bool { get }
}

extension Proposal {
    package func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String] { [] }
    package func naming(_ failure: Failure) -> Failure { failure }
    package var isLogged: Bool { true }
}

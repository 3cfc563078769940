/// How a proposal was carried out.
package struct Outcome {
    /// What was done, with its number in the ledger; nil: there was nothing to do.
    package let plan: TrustPlan?
    /// What the operator should know besides.
    package let notes: [String]
}

import TrustCore

extension Report {
    /// `{"version":1,"outcome":"dry-run",…,"diff":"…"}`
    private struct PlanDocument: Encodable {
        let version = 1
        let outcome = "dry-run"
        let action: String
        let fingerprints: [String]
        let deny: [String]
        let allow: [String]
        let diff: String

        enum CodingKeys: CodingKey {
            case version, outcome, action, fingerprints, deny, allow, diff
        }
    }

    /// What would be written, for programs.
    func planned(_ plan: TrustPlan, diff: String) {
        Output.write(
            JSON.text(
                PlanDocument(
                    action: plan.decision.action.rawValue, fingerprints: plan.decision.subjects.map(\.fingerprint), deny: plan.deny,
                    allow: plan.allow, diff: diff)))
    }
}

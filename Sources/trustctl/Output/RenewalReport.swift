import Trust
import TrustCore

/// What `admit` says of one that renews an approved certificate.
/// `{"fingerprint":…,"renews":…,"label":…,"outcome":"approved","number":7,"reasons":[],"notes":[]}`
struct RenewalReport: Encodable {
    let fingerprint: Fingerprint
    let renews: Fingerprint
    @Nullable var label: String?
    let outcome: Outcome
    /// Of the decision.
    @Nullable var number: Int?
    /// Why a person must decide.
    let reasons: [String]
    let notes: [String]
    private let name: String

    enum Outcome: String, Encodable {
        case approved, waiting
    }

    private enum CodingKeys: CodingKey {
        case fingerprint, renews, label, outcome, number, reasons, notes
    }

    init(_ result: RenewalRound.Result) {
        let renewal = result.renewal
        (fingerprint, renews, name) = (renewal.fingerprint, renewal.predecessor, renewal.name)
        label = renewal.label
        switch result.outcome {
        case .approved(let plan, let notes):
            (outcome, reasons, self.notes) = (.approved, [], notes)
            number = plan.entry.number
        case .waits(let reasons):
            (outcome, self.reasons, notes) = (.waiting, reasons, [])
            number = nil
        }
    }

    var parts: [Answer.Part] {
        switch outcome {
        case .approved:
            let label = Printable.behind(label)
            let undo = number.map { [Answer.Part.tip("to take this back: trustctl undo \($0)")] } ?? []
            return [.text("done: approve \(fingerprint)\(label), which renews \(name)\n")] + notes.map { .note("warning: \($0)") } + undo
        case .waiting:
            return [.note("warning: \(fingerprint) renews \(name), but you must decide: \(reasons.joined(separator: "; "))")]
        }
    }
}

import Authority
import Trust
import TrustCore

/// What came of a round in which our CA renews certificates: `ca renew` prints it, and `admit` as a part of its own.
struct AuthorityRoundReport: Encodable {
    let version = 1
    let signed: [Signed]
    let waiting: [Waiting]
    let notes: [String]

    struct Signed: Encodable {
        let fingerprint: Fingerprint
        @Nullable var issuedFor: Fingerprint?
        let name: String
        let notAfter: String
        let number: Int
    }

    struct Waiting: Encodable {
        let fingerprint: Fingerprint
        let renews: Fingerprint
        let reasons: [String]
    }

    init(_ results: [AuthorityRound.Result]) {
        signed = results.compactMap(\.plan).flatMap { plan in
            (plan.entry.effects.issued ?? []).map { one in
                Signed(
                    fingerprint: one.fingerprint, issuedFor: one.shown, name: one.name, notAfter: one.ends, number: plan.entry.number)
            }
        }
        waiting = results.filter { $0.plan == nil && !$0.renewal.obstacles.isEmpty }.map {
            Waiting(fingerprint: $0.renewal.fingerprint, renews: $0.renewal.last.fingerprint, reasons: $0.renewal.obstacles)
        }
        notes = results.flatMap(\.notes)
    }

    var parts: [Answer.Part] {
        var parts = signed.map { one -> Answer.Part in
            .text("done: sign \(one.fingerprint) (\(Printable(one.name, limit: 80))), until \(one.notAfter)\n")
        }
        parts += waiting.map { one -> Answer.Part in
            let reasons = one.reasons.joined(separator: "; ")
            let last = "\(one.renews)".prefix(16)
            return .note("warning: \(one.fingerprint) asks for the next certificate after \(last), but you must decide: \(reasons)")
        }
        return parts + notes.map { Answer.Part.note("warning: \($0)") }
    }

    var answer: Answer { Answer(self, parts.isEmpty ? [.tip("nobody asks for the next certificate")] : parts) }
}

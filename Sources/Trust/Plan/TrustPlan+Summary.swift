import TrustCore

extension TrustPlan {
    /// A change in a few words, for one that was interrupted.
    struct Summary: Equatable, CustomStringConvertible {
        let action: Decision.Action
        let fingerprints: [Fingerprint]
        let by: String
        let time: String

        var description: String {
            let what = fingerprints.isEmpty ? "" : " of \(fingerprints.map(\.description).joined(separator: ", "))"
            return "\(action)\(what) by \(by), begun \(time)"
        }
    }

    var summary: Summary {
        Summary(action: decision.action, fingerprints: fingerprints, by: decision.operator.described, time: decision.time)
    }
}

import TrustCore

extension TrustPlan {
    /// A change in a few words, for one that was interrupted.
    struct Summary: Equatable, CustomStringConvertible {
        let action: Decision.Action
        let fingerprints: [Fingerprint]
        let by: String
        let time: String

        /// As many are named; of more, the machine's log has each.
        static let mostNamed = 3

        var description: String {
            let named = fingerprints.prefix(Self.mostNamed).map(\.description).joined(separator: ", ")
            let more = fingerprints.count > Self.mostNamed ? " and \(fingerprints.count - Self.mostNamed) more" : ""
            return "\(action)\(named.isEmpty ? "" : " of \(named)\(more)") by \(by), begun \(Printable(time, limit: 40))"
        }
    }

    var summary: Summary {
        Summary(action: decision.action, fingerprints: fingerprints, by: decision.operator.described, time: decision.time)
    }
}

import EximControl

extension WayOfTrust {
    /// The session in which a certificate was in the list and had all else that this way demands; nil when it was not held.
    func listed(_ results: Trials.Results) -> Rehearsal.Outcome? {
        switch self {
        case .fingerprint, .authority: results.listed
        case .directory: results.listedInDirectory
        }
    }

    /// Holds a session of `client` with what this way demands besides the list; nil when that cannot be provided.
    func hold(
        _ rehearsal: Rehearsal, of client: Trials.Client, in trials: Trials, with exim: Trials.Holding
    ) throws(Trials.Obstacle) -> Rehearsal.Outcome? {
        switch self {
        case .fingerprint, .authority: try trials.hold(rehearsal, with: exim)
        case .directory: try trials.inDirectory(client, rehearsal, with: exim)
        }
    }
}

extension Trials.Results {
    /// How Exim behaves; nil when no listed certificate may relay.
    var way: WayOfTrust? { WayOfTrust.allCases.first { $0.listed(self)?.isAccepted == true } }
}

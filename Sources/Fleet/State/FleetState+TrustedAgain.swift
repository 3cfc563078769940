package import FleetCarrier

extension FleetState {
    /// The certificates that are approved because what took them away counts for nothing any more, ascending: a key was taken out by somebody
    /// who had not seen its revocation. It ends when somebody who has seen it approves or takes away.
    package var trustedAgain: [Digest] {
        var takings: [Digest: [Int]] = [:]
        for digest in void.keys {
            guard let place = graph.place(of: digest) else { continue }
            for case .fingerprint(let block) in graph[place].blocks
            where block.after != .approved && fingerprints[block.digest]?.after == .approved {
                takings[block.digest, default: []].append(place)
            }
        }
        return takings.keys.sorted().filter { digest in
            let approvals = (fingerprints[digest]?.standing ?? []).compactMap { graph.place(of: $0) }
            let seen = approvals.map { graph.past(of: [$0]) }
            return takings[digest]?.contains { taking in !seen.contains { $0[taking] } } ?? false
        }
    }
}

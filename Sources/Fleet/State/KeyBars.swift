package import FleetCarrier

/// Which certificates were revoked with their keys, by what is accepted: each revocation, until something has come in its place, directly or
/// through others about the same, that approves the certificate or says that its key may go on.
struct KeyBars {
    /// The accepted blocks about one certificate.
    private struct History {
        var blocks: [Digest: FingerprintBlock] = [:]
        /// Those decisions that lift what they come in the place of.
        var lifting: [Digest] = []
    }

    private var barred: Set<Digest> = []

    /// `isSuspended`: whether what the decision at this place gives does not count now.
    init(_ replay: Replay, isSuspended: (Int) -> Bool) {
        var histories: [Digest: History] = [:]
        for place in replay.accepted {
            for case .fingerprint(let block) in replay.graph.decisions[place].decision.blocks where block.barsKey {
                histories[block.digest] = History()
            }
        }
        guard !histories.isEmpty else { return }
        for place in replay.accepted {
            let one = replay.graph.decisions[place]
            for case .fingerprint(let block) in one.decision.blocks where histories[block.digest] != nil {
                histories[block.digest]?.blocks[one.digest] = block
                if block.liftsBar, !isSuspended(place) { histories[block.digest]?.lifting.append(one.digest) }
            }
        }
        for (certificate, history) in histories where Self.isBarred(history) { barred.insert(certificate) }
    }

    func holds(_ certificate: Digest) -> Bool { barred.contains(certificate) }

    /// The attack: an approval, or an end, that was signed beside a revocation and knows nothing of it. It lifts what it names in `Replaces`, and
    /// what that has replaced; nothing else.
    private static func isBarred(_ history: History) -> Bool {
        var lifted: Set<Digest> = []
        var left = history.lifting.flatMap { history.blocks[$0]?.replaces ?? [] }
        while let next = left.popLast() {
            guard lifted.insert(next).inserted, let block = history.blocks[next] else { continue }
            left += block.replaces
        }
        return history.blocks.contains { $1.barsKey && !lifted.contains($0) }
    }
}

extension FleetState {
    /// The certificates that decisions here have revoked with their keys, whether those count now or not.
    package var everBarred: Set<Digest> {
        var found: Set<Digest> = []
        for block in graph.decisions.flatMap(\.decision.blocks) {
            if case .fingerprint(let block) = block, block.barsKey { found.insert(block.digest) }
        }
        return found
    }
}

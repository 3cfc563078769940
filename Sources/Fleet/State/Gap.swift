import FleetCarrier

/// What decisions that wait take away already: who withholds a parent cannot hold up a revocation, nor the removal of a stolen key.
///
/// They grant nothing. One counts as long as its key is in force, and until an accepted decision about the same replaces it.
struct Gap {
    private let replay: Replay
    /// The waiting decisions that take each fingerprint away, and how much.
    private var taken: [Digest: [Taking]] = [:]
    /// Accepted decisions whose approvals do not count now.
    private var isSuspended: [Bool]

    private struct Taking {
        let decision: Digest
        let severity: Int
        let barsKey: Bool
    }

    init(_ replay: Replay) {
        self.replay = replay
        let graph = replay.graph
        isSuspended = [Bool](repeating: false, count: graph.completeCount)
        /// For each key that waiting decisions take out: what all of them had seen.
        var removed: [Digest: [Bool]] = [:]
        for place in graph.completeCount..<graph.decisions.count where graph.flaw(at: place) == nil && replay.objection(to: place) == nil {
            let one = graph.decisions[place]
            for block in one.decision.blocks where block.severity > 0 && !(replay.items[block.item]?.isReplaced(one.digest) ?? false) {
                switch block {
                case .fingerprint(let block):
                    taken[block.digest, default: []].append(
                        Taking(decision: one.digest, severity: block.after.severity, barsKey: block.barsKey))
                case .key(let block) where block.after == .none:
                    let past = graph.past(of: [place])
                    removed[block.key.identity] = removed[block.key.identity].map { zip($0, past).map { $0 && $1 } } ?? past
                case .key, .member: break
                }
            }
        }
        if !removed.isEmpty { suspend(removed) }
    }

    /// The attack: a thief makes himself a second key with the one that he has stolen. So what such a key signs is suspended too.
    private mutating func suspend(_ removed: [Digest: [Bool]]) {
        for place in replay.accepted where place > 0 {
            let decision = replay.graph.decisions[place].decision
            guard let key = replay.keys[decision.signer] else { continue }
            let isUnseen = removed[key.key].map { !$0[place] } ?? false
            isSuspended[place] = isUnseen || key.maker.map { isSuspended[$0] } ?? false
        }
    }

    func fingerprints() -> [Digest: FingerprintState] {
        var states: [Digest: FingerprintState] = [:]
        let bars = KeyBars(replay) { isSuspended[$0] }
        for (item, history) in replay.items where item.kind == .fingerprint {
            states[item.identity] = state(history, taken: taken[item.identity] ?? [], isBarred: bars.holds(item.identity))
        }
        for (digest, places) in taken where states[digest] == nil { states[digest] = state(ItemHistory(), taken: places, isBarred: false) }
        return states
    }

    private func state(_ history: ItemHistory, taken: [Taking], isBarred: Bool) -> FingerprintState {
        let standing = history.standing.sorted { $0.key < $1.key }
        let suspended = standing.filter { $1.severity == 0 && isSuspended[$1.decision] }.map(\.key)
        let counting = standing.filter { $1.severity > 0 || !isSuspended[$1.decision] }.map(\.value)
        // Where nothing counts, nothing is approved.
        let severity = (counting.map(\.severity) + taken.map(\.severity)).max() ?? FingerprintPower.none.severity
        let strongest = counting.filter { $0.severity == severity }.compactMap(block)
        return FingerprintState(
            after: FingerprintPower.allCases.first { $0.severity == severity } ?? .none,
            label: strongest.lazy.compactMap { $0.label }.first, until: strongest.compactMap { $0.until }.min(),
            note: strongest.lazy.compactMap { $0.note }.first, standing: standing.map(\.key), waiting: taken.map(\.decision).sorted(),
            suspended: suspended, barsKey: isBarred || taken.contains(where: \.barsKey))
    }

    private func block(_ place: ItemHistory.Block) -> FingerprintBlock? {
        if case .fingerprint(let block) = replay.graph.decisions[place.decision].decision.blocks[place.index] { block } else { nil }
    }
}

import FleetCarrier

/// What decisions that wait take away already: who withholds a parent cannot hold up a revocation, nor the removal of a stolen key.
///
/// They grant nothing. One counts as long as its key is in force, and until an accepted decision about the same replaces it.
struct Gap: Sendable {
    let replay: Replay
    /// The waiting decisions that take each fingerprint away, and how much.
    private var taken: [Digest: [Taking]] = [:]
    /// Accepted decisions whose approvals do not count now.
    private var isSuspended: [Bool]
    private var bars = KeyBars()

    private struct Taking: Sendable {
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
        for place in graph.completeCount..<graph.count where graph.flaw(at: place) == nil && replay.objection(to: place) == nil {
            let number = graph.digestNumber(at: place)
            for block in graph[place].blocks where block.severity > 0 && !(replay.history(of: block.item)?.isReplaced(number) ?? false) {
                switch block {
                case .fingerprint(let block):
                    taken[block.digest, default: []].append(
                        Taking(decision: graph.digest(at: place), severity: block.after.severity, barsKey: block.barsKey))
                case .key(let block) where block.after == .none:
                    let past = graph.past(of: [place])
                    removed[block.key.identity] = removed[block.key.identity].map { zip($0, past).map { $0 && $1 } } ?? past
                case .key, .member: break
                }
            }
        }
        if !removed.isEmpty { suspend(removed) }
        bars = KeyBars(replay, isSuspended: isSuspended)
    }

    /// The attack: a thief makes himself a second key with the one that he has stolen. So what such a key signs is suspended too.
    private mutating func suspend(_ removed: [Digest: [Bool]]) {
        for place in replay.accepted where place > 0 {
            guard let key = replay.keys[replay.graph.signer(at: place)] else { continue }
            let isUnseen = removed[key.key].map { !$0[place] } ?? false
            isSuspended[place] = isUnseen || key.maker.map { isSuspended[$0] } ?? false
        }
    }

    /// The certificates about which anything was decided that counts, in no order.
    var fingerprints: [Digest] {
        let decided = replay.items.keys.lazy.filter { $0.kind == .fingerprint }.map { replay.graph.digest(numbered: $0.number) }
        return decided + taken.keys.filter { history(of: $0) == nil }
    }

    func state(of digest: Digest) -> FingerprintState? {
        let (known, takings) = (history(of: digest), taken[digest])
        guard known != nil || takings != nil else { return nil }
        return state(known ?? ItemHistory(), taken: takings ?? [], isBarred: bars.holds(digest))
    }

    /// What a decision that stands says of a certificate.
    func standing(_ decision: Digest, about digest: Digest) -> FingerprintPower? {
        replay.graph.number(of: decision).flatMap { history(of: digest)?.standing[$0] }.flatMap { block($0) }?.after
    }

    private func history(of digest: Digest) -> ItemHistory? { replay.history(of: DecidedItem(kind: .fingerprint, identity: digest)) }

    private func state(_ history: ItemHistory, taken: [Taking], isBarred: Bool) -> FingerprintState {
        let standing = history.standing.all.map { (digest: replay.graph.digest(numbered: $0.number), block: $0.value) }
            .sorted { $0.digest < $1.digest }
        let suspended = standing.filter { $1.severity == 0 && isSuspended[$1.decision] }.map(\.digest)
        let counting = standing.filter { $1.severity > 0 || !isSuspended[$1.decision] }.map(\.block)
        // Where nothing counts, nothing is approved.
        let severity = (counting.map(\.severity) + taken.map(\.severity)).max() ?? FingerprintPower.none.severity
        let strongest = counting.filter { $0.severity == severity }.compactMap(block)
        return FingerprintState(
            after: FingerprintPower(severity: severity),
            label: strongest.lazy.compactMap { $0.label }.first, until: strongest.compactMap { $0.until }.min(),
            note: strongest.lazy.compactMap { $0.note }.first, standing: standing.map(\.digest), waiting: taken.map(\.decision).sorted(),
            suspended: suspended, barsKey: isBarred || taken.contains(where: \.barsKey))
    }

    private func block(_ place: ItemHistory.Block) -> FingerprintBlock? {
        if case .fingerprint(let block) = replay.graph.block(place.block, at: place.decision) { block } else { nil }
    }
}

import FleetCarrier

/// The accepted blocks about one fingerprint, key or member.
struct ItemHistory: Sendable {
    struct Block: Sendable {
        /// The decision's place in the graph, and the block's in the decision.
        let decision: Int
        let index: Int
        let severity: Int
    }

    /// Those that no other accepted block replaces, by their decisions' digests.
    private(set) var standing: [Digest: Block] = [:]
    private var replaced: Set<Digest> = []
    /// How many standing ones there are of each severity: one key may have very many, and each of its decisions asks.
    private var counts = [0, 0, 0]

    /// Of several that stand, what takes most away: somebody decided so without knowing of the others.
    var severity: Int? { counts.lastIndex { $0 > 0 } }

    func isReplaced(_ digest: Digest) -> Bool { replaced.contains(digest) }

    mutating func add(_ block: Block, of digest: Digest, replacing others: [Digest]) {
        for other in others {
            replaced.insert(other)
            if let gone = standing.removeValue(forKey: other) { counts[gone.severity] -= 1 }
        }
        guard !replaced.contains(digest) else { return }
        standing[digest] = block
        counts[block.severity] += 1
    }
}

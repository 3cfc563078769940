/// The accepted blocks about one fingerprint, key or member. Digests by their numbers: most fleets' items have one block, and there are many.
struct ItemHistory: Sendable {
    struct Block: Sendable {
        private let place: Int32
        private let start: Int32
        private let rank: Int8

        init(decision: Int, block: Int, severity: Int) { (place, start, rank) = (Int32(decision), Int32(block), Int8(severity)) }

        /// The decision's place in the graph, and where the block begins in the decision.
        var decision: Int { Int(place) }
        var block: Int { Int(start) }
        var severity: Int { Int(rank) }
    }

    /// Those that no other accepted block replaces, by their decisions' digests.
    private(set) var standing = FewByNumber<Block>()
    private var replaced = FewByNumber<Void>()
    /// How many standing ones there are of each severity: one key may have very many, and each of its decisions asks.
    private var counts: (Int32, Int32, Int32) = (0, 0, 0)

    /// Of several that stand, what takes most away: somebody decided so without knowing of the others.
    var severity: Int? { counts.2 > 0 ? 2 : counts.1 > 0 ? 1 : counts.0 > 0 ? 0 : nil }

    func isReplaced(_ digest: Int32) -> Bool { replaced[digest] != nil }

    mutating func add(_ block: Block, of digest: Int32, replacing others: [Int32]) {
        for other in others {
            replaced[other] = ()
            if let gone = standing[other] {
                standing[other] = nil
                count(gone, -1)
            }
        }
        guard replaced[digest] == nil else { return }
        standing[digest] = block
        count(block, 1)
    }

    private mutating func count(_ block: Block, _ more: Int32) {
        switch block.severity {
        case 0: counts.0 += more
        case 1: counts.1 += more
        default: counts.2 += more
        }
    }
}

import FleetCarrier

/// What is known of a name that an accepted decision has given to a key. Names are never given twice, so it stands for the key.
struct KeyHistory: Sendable {
    let name: String
    /// The key's SHA-256.
    let key: Digest
    /// The block that gave the name: its decision's place in the graph, and where it begins in the decision.
    let source: (decision: Int, block: Int)
    /// The order in which keys were made; nil for one that was only ever taken out.
    var made: Int?
    /// The place of the decision that made it.
    var maker: Int?
    var wasAdmin = false
    /// Once a key is out, it stays out.
    var isOut = false
    /// Once touch is required of a key, it stays so.
    var requiresTouch = false

    /// Admins are heard before others, who was made first before who was made later.
    func isHeard(before other: KeyHistory) -> Bool { (wasAdmin ? 0 : 1, made ?? .max) < (other.wasAdmin ? 0 : 1, other.made ?? .max) }
}

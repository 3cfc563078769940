package import FleetCarrier

/// What a decision says of one fingerprint, key or member.
package enum DecisionBlock: Equatable, Sendable {
    case fingerprint(FingerprintBlock)
    case key(KeyBlock)
    case member(MemberBlock)

    /// At most so many digests in `Replaces`, and so many parents.
    static let mostDigests = 8

    /// The decisions about the same item that the signer knew to be in force.
    package var replaces: [Digest] {
        switch self {
        case .fingerprint(let block): block.replaces
        case .key(let block): block.replaces
        case .member(let block): block.replaces
        }
    }

    /// What it decides about.
    var item: DecidedItem {
        switch self {
        case .fingerprint(let block): DecidedItem(kind: .fingerprint, identity: block.digest)
        case .key(let block): DecidedItem(kind: .key, identity: block.key.identity)
        case .member(let block): DecidedItem(kind: .member, identity: block.key.identity)
        }
    }

    /// What people call the key or the member.
    var name: String? {
        switch self {
        case .fingerprint: nil
        case .key(let block): block.key.name
        case .member(let block): block.key.name
        }
    }

    /// How much it takes away: 0 takes nothing away. Of several the highest counts.
    var severity: Int {
        switch self {
        case .fingerprint(let block): block.after.severity
        case .key(let block): block.after.severity
        case .member(let block): block.after.severity
        }
    }

    /// Only an admin may decide about keys and members.
    package var isForAdmins: Bool { if case .fingerprint = self { false } else { true } }
}

/// What blocks are about. A fingerprint and a key with the same digits are two items.
struct DecidedItem: Hashable, Sendable {
    enum Kind: Int, Sendable { case fingerprint, key, member }

    let kind: Kind
    let identity: Digest
}

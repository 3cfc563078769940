package import FleetCarrier
package import TrustCore

/// What the fleet decided about one certificate.
package struct FingerprintState: Equatable, Sendable {
    /// With what waits.
    package let after: FingerprintPower
    /// Of several approvals the one with the smallest digest that has one.
    package let label: String?
    /// Of several approvals the earliest end: what takes most away counts.
    package let until: Timestamp?
    package let note: String?
    /// The accepted decisions in force, ascending: what the next decision about it replaces, with `waiting`.
    package let standing: [Digest]
    /// Waiting decisions that take it away, ascending.
    package let waiting: [Digest]
    /// Approvals that do not count now, since a waiting decision takes their key out.
    package let suspended: [Digest]
    /// Whether its key was revoked with it: no certificate with that key comes in without a second question.
    package let barsKey: Bool
}

/// A key of the fleet.
package struct KeyState: Equatable, Sendable {
    package let key: NamedKey
    package let power: KeyPower
    package let requiresTouch: Bool
    package let standing: [Digest]

    init?(_ history: KeyHistory, in replay: Replay) {
        guard case .key(let block) = replay.graph.block(history.source.block, at: history.source.decision) else { return nil }
        key = block.key
        power = replay.power(of: history)
        requiresTouch = history.requiresTouch
        let decided = replay.history(of: DecidedItem(kind: .key, identity: history.key))
        standing = decided?.standing.all.map { replay.graph.digest(numbered: $0.number) }.sorted() ?? []
    }
}

/// A relay of the fleet, or one that was.
package struct MemberState: Equatable, Sendable {
    package let key: NamedKey
    package let power: MemberPower
    package let standing: [Digest]

    static func all(in replay: Replay) -> [Digest: MemberState] {
        var members: [Digest: MemberState] = [:]
        for (item, history) in replay.items where item.kind == .member {
            let standing = history.standing.all
            guard let one = standing.first?.value, case .member(let block) = replay.graph.block(one.block, at: one.decision) else {
                continue
            }
            members[block.key.identity] = MemberState(
                key: block.key, power: history.severity == 0 ? .member : .none,
                standing: standing.map { replay.graph.digest(numbered: $0.number) }.sorted())
        }
        return members
    }
}

package import FleetCarrier

/// What a decision says of a relay.
package struct MemberBlock: Equatable, Sendable {
    /// The relay's name and the key with which its root signs receipts.
    package let key: NamedKey
    package let after: MemberPower
    package let replaces: [Digest]

    package init(_ key: NamedKey, _ after: MemberPower, replaces: [Digest] = []) {
        (self.key, self.after, self.replaces) = (key, after, replaces)
    }
}

package import FleetCarrier

/// What a decision says of an operator's key.
package struct KeyBlock: Equatable, Sendable {
    package let key: NamedKey
    package let after: KeyPower
    /// Whether only signatures count for which somebody touched the security key.
    package let requiresTouch: Bool
    package let replaces: [Digest]

    package init(_ key: NamedKey, _ after: KeyPower, requiresTouch: Bool = false, replaces: [Digest] = []) {
        (self.key, self.after, self.requiresTouch, self.replaces) = (key, after, requiresTouch, replaces)
    }
}

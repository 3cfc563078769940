package import FleetCarrier
package import TrustCore

/// What an operator decided about certificates, keys or members, as the text that he signs. Its name is the text's SHA-256.
///
/// A value says what the text says. Whether it counts follows from all decisions together (`FleetState`).
package struct Decision: Equatable, Sendable {
    package let fleet: FleetIdentity
    package let serial: Serial
    /// Ascending; none in the fleet's first decision, 1 to 8 in every other one.
    package let parents: [Digest]
    /// The console's clock, for people: no clock decides anything.
    package let time: Timestamp
    /// The name of the key that must have signed.
    package let signer: String
    package let reason: String?
    /// At least one; fingerprints before keys before members.
    package let blocks: [DecisionBlock]

    package init(
        fleet: FleetIdentity, serial: Serial, parents: [Digest], time: Timestamp, signer: String, reason: String? = nil,
        blocks: [DecisionBlock]
    ) {
        (self.fleet, self.serial, self.parents, self.time) = (fleet, serial, parents.sorted(), time)
        (self.signer, self.reason, self.blocks) = (signer, reason, blocks)
    }

    package var isForAdmins: Bool { blocks.contains(where: \.isForAdmins) }

    /// Why it counts for nothing, whatever else is decided; nil when nothing in the text itself speaks against it.
    ///
    /// Such a decision is kept and is a parent like others: a program that dropped it would wait for it for ever.
    package var flaw: VoidReason? {
        var items: Set<DecidedItem> = []
        for block in blocks {
            guard items.insert(block.item).inserted else { return .repeats }
            switch block {
            case .fingerprint(let block):
                // The attack: with the digest of no certificate in the lists, the whole fleet relays for everybody.
                if Self.noCertificate.contains(block.digest) { return .noCertificate }
                if block.until != nil, block.after != .approved { return .endOfNothing }
            case .key(let block):
                guard let key = block.key.key else { return .unknownKey }
                if block.requiresTouch, !key.kind.isSecurityKey { return .untouchable }
            case .member(let block): if block.key.key == nil { return .unknownKey }
            }
        }
        return nil
    }

    private static let noCertificate = Set(Fingerprint.digestsOfNoCertificate.compactMap { Digest(hex: $0) })
}

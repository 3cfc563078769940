package import FleetCarrier
package import TrustCore

/// What waits on one relay, as its root signs it: one text of one or more, which make one whole by their time.
///
/// It grants nothing. The signature is there so that whoever carries packs cannot show people thousands of lies in a relay's name.
package struct SightingRecord: Equatable, Sendable {
    package let fleet: FleetIdentity
    package let member: String
    /// The relay's clock, when it signed. The same in all parts of one whole, and in no other one.
    package let time: ReceiptTime
    /// From 1 to `parts`.
    package let part: Int
    package let parts: Int
    /// As `PendingEntry.reported` gives them, the latest first.
    package let entries: [PendingEntry]

    /// Bytes of a text, which a record of a pack may have.
    package static let maximumSize = PackRecord.maximumBody
    /// Of all entries of one relay, `MirroredSightings.mostBytes`, no more texts are needed.
    package static let mostParts = 20
    /// What relays' signatures over it are for (`ssh-keygen -Y sign -n`).
    package static let namespace = "trust-sighting"
    /// What such a text begins with.
    package static let beginning = Array("\(kind) ".utf8)
    static let kind = "trust-sighting"
}

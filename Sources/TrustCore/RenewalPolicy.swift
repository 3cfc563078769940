/// What the relay does with a certificate that follows an approved one (`renew` and the keys that begin with it in `trustd.conf`).
package struct RenewalPolicy: Equatable, Sendable {
    package var way = Way.propose
    /// How long before the end of the old one its successor is approved without a person, in seconds; 0: at any time.
    package var window: Int64 = 60 * 86_400
    /// How long after that end, in seconds.
    package var grace: Int64 = 7 * 86_400
    /// How long a successor may still be valid, in seconds.
    package var longest: Int64 = 730 * 86_400
    /// How long after a person has approved one of the line, in seconds.
    package var until: Int64 = 3 * 365 * 86_400

    package init() {}

    /// Each allows what those before it do.
    package enum Way: String, Sendable, CaseIterable {
        /// Nothing counts as a renewal.
        case off
        /// They are shown as such, and a person approves them.
        case propose
        /// `trustctl admit` approves those with the old one's key.
        case sameKey = "same-key"
        /// And those with a new key that the old one's key has signed.
        case signed

        package var isAutomatic: Bool { self == .sameKey || self == .signed }
    }
}

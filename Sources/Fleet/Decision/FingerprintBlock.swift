package import FleetCarrier
package import TrustCore

/// What a decision says of a certificate.
package struct FingerprintBlock: Equatable, Sendable {
    /// The certificate's SHA-256. Not yet a `Fingerprint`: a digest of no certificate is read, and makes the decision void.
    package let digest: Digest
    package let after: FingerprintPower
    package let label: String?
    /// Each member takes the certificate out then, by its own clock.
    package let until: Timestamp?
    package let note: String?
    package let replaces: [Digest]

    package init(
        _ digest: Digest, _ after: FingerprintPower, label: String? = nil, until: Timestamp? = nil, note: String? = nil,
        replaces: [Digest] = []
    ) { (self.digest, self.after, self.label, self.until, self.note, self.replaces) = (digest, after, label, until, note, replaces) }

    /// The note of one that is taken away and whose key may go on: it has ended, came in another's place, was revoked with `--only`, or its approval
    /// was taken back.
    package static let keyStays = "key not barred"

    /// Whether whoever has the key of this certificate could relay again, and is kept out. What does not say otherwise is a revocation: of a
    /// forgotten word nobody gains anything.
    package var barsKey: Bool { after == .none && note != Self.keyStays }
    /// Whether it ends such a bar in whose place it comes.
    var liftsBar: Bool { after == .approved || after == .none && note == Self.keyStays }
}

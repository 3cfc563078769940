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
}

package import TrustCore

/// A certificate that travels with the decision about it: nobody has signed that it does, since its name is its SHA-256.
///
///     trust-certificate 1
///     DER
package struct CertificateRecord: Equatable, Sendable {
    package let der: [UInt8]

    /// Bytes of one. A certificate in a handshake is at most 16 KiB (RFC 8446, section 5.1), and Exim logs no longer one.
    package static let maximumSize = 16 * 1024

    package init(der: [UInt8]) { self.der = der }

    /// Nil for another record. Whether it is a certificate is not looked at.
    package init?(_ record: PackRecord) {
        guard record.signature.isEmpty, record.body.starts(with: Self.heading) else { return nil }
        der = Array(record.body.dropFirst(Self.heading.count))
        guard (1...Self.maximumSize).contains(der.count) else { return nil }
    }

    /// Its name, computed here; nil for the digest of no certificate.
    package var fingerprint: Fingerprint? { try? Fingerprint(digest: ContentDigest.of(der).bytes) }

    package var record: PackRecord { PackRecord(body: Self.heading + der, signature: []) }

    private static let heading = Array("trust-certificate 1\n".utf8)
}

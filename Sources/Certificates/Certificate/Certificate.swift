package import TrustCore

/// What a certificate says, as plain values.
///
/// Only the fingerprint is proof: anybody can write any subject. Texts are as the stranger wrote them; show them through `Printable`.
package struct Certificate: Equatable, Sendable {
    /// What a client sends and Exim hashes.
    package let der: [UInt8]
    /// SHA-256 of `der`.
    package let fingerprint: Fingerprint
    /// RFC 2253, in UTF-8.
    package let subject: String
    package let issuer: String
    /// Upper-case hexadecimal digits, two for each byte, after a `-` when it is negative.
    package let serial: String
    package let notBefore: Timestamp
    package let notAfter: Timestamp
    package let key: Key
    /// Whether its holder may issue further certificates: basicConstraints CA:TRUE, or one of the older forms that OpenSSL takes for an
    /// authority (version 1 and self-signed, keyUsage or Netscape type without basicConstraints).
    package let isCA: Bool
    /// An extension that OpenSSL knows cannot be decoded, or occurs twice: other libraries may read it differently.
    let hasMalformedExtensions: Bool
    /// E.g. `DNS:alice.laptop`, `email:alice@example.org`, `IP:192.0.2.1`.
    package let subjectAlternativeNames: [String]
    /// 64 upper-case hexadecimal digits: SHA-256 of the DER form of the SubjectPublicKeyInfo.
    package let spkiSHA256: String
    /// OpenSSL's name, e.g. `ecdsa-with-SHA256`.
    package let signatureAlgorithm: String
    /// OpenSSL's short name of the digest that is signed, e.g. `SHA256`; nil when the algorithm has none of its own (Ed25519).
    let signatureDigest: String?
    /// Eight lower-case hexadecimal digits: the name of the hash link in a directory that OpenSSL searches.
    package let subjectHash: String

    /// A public key's type and size: `RSA 2048`, `EC prime256v1 256`, `ED25519 256`.
    package struct Key: Equatable, Sendable, CustomStringConvertible {
        /// OpenSSL's name of the type, or of the algorithm when this OpenSSL cannot read the key.
        package let type: String
        /// The named curve, for EC.
        package let curve: String?
        /// Nil when this OpenSSL cannot read the key.
        let bits: Int?

        package var description: String {
            ([type, curve, bits.map { "\($0)" } ?? "unreadable"] as [String?]).compactMap { $0 }.joined(separator: " ")
        }
    }

    /// The largest certificate that is read. The attack: megabytes of names or of key, which would cost time at every command.
    package static let maximumSize = 65_536

    /// Reads exactly one certificate in DER form, with no bytes after it.
    package init(der: [UInt8]) throws(CertificateError) {
        guard !der.isEmpty else { throw CertificateError(.empty) }
        guard der.count <= Self.maximumSize else { throw CertificateError(.tooLarge(limit: Self.maximumSize)) }
        if let other = DERShape(of: der[...]) { throw CertificateError(other.reason) }
        let certificate = try OpenSSLCertificate(der: der)
        self.der = der
        do { fingerprint = try Fingerprint(of: der) } catch {
            throw CertificateError(.malformed(Printable(error.description)))
        }
        subject = certificate.subject
        issuer = certificate.issuer
        serial = certificate.serial
        notBefore = try certificate.notBefore()
        notAfter = try certificate.notAfter()
        key = certificate.key
        isCA = certificate.isCA
        hasMalformedExtensions = certificate.hasMalformedExtensions
        subjectAlternativeNames = certificate.subjectAlternativeNames
        spkiSHA256 = CertificateOutline.keyDigest(in: der) ?? certificate.spkiSHA256
        signatureAlgorithm = certificate.signatureAlgorithm
        signatureDigest = certificate.signatureDigest
        subjectHash = certificate.subjectHash
    }

    /// Whether its own key has signed it.
    package enum OwnSignature: Sendable {
        /// Somebody else has, by its own words.
        case none
        /// The issuer is the subject, and its own key verifies its signature.
        case right
        case wrong
        /// The issuer is the subject, and this OpenSSL knows the key or the algorithm too little to tell.
        case unchecked
    }

    /// Computed, since it takes longer than all the rest and is rarely needed.
    package var ownSignature: OwnSignature {
        do {
            return try OpenSSLCertificate(der: der).ownSignature
        } catch {
            return .unchecked
        }
    }

    package var selfSigned: Bool { ownSignature == .right }

    /// The name of the hash links by which OpenSSL looks for its issuer.
    var issuerHash: String {
        do { return try OpenSSLCertificate(der: der).issuerHash } catch { return subjectHash }
    }

    /// Whether its key may sign, as a TLS client must.
    package var maySign: Bool {
        do { return try OpenSSLCertificate(der: der).maySign } catch { return true }
    }

    /// Whether it is meant for a TLS server.
    package var mayServe: Bool {
        do { return try OpenSSLCertificate(der: der).mayServe } catch { return true }
    }

    /// Whether a public authority has issued it, as far as it says so itself.
    var isPubliclyLogged: Bool {
        do { return try OpenSSLCertificate(der: der).isPubliclyLogged } catch { return false }
    }

    /// The last second (2106-02-07) that Exim's ACLs know: `certextract` with `int` cuts a date to 32 bits.
    package static let lastCountedSecond: Int64 = 0xFFFF_FFFF

    /// Whether it ends before it begins, and so was never valid.
    package var isNeverValid: Bool { notAfter < notBefore }

    /// The text of a PEM file with this certificate.
    package var pemText: String { String(decoding: PEM.certificate(der), as: UTF8.self) }
}

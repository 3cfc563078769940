package import TrustCore

/// The few facts of a certificate that a long list shows, and by which certificates are compared. They are read without decoding the key,
/// which takes OpenSSL twenty times as long. Cards show the whole `Certificate`.
package struct CertificateOutline: Equatable, Sendable {
    /// The certificate; nil where only these facts were kept.
    package let der: [UInt8]?
    /// RFC 2253 text, as the stranger wrote it.
    package let subject: String
    package let notBefore: Timestamp
    package let notAfter: Timestamp
    /// 64 upper-case hexadecimal digits: SHA-256 of the DER form of the SubjectPublicKeyInfo.
    package let spkiSHA256: String

    /// The outline of the certificate that was logged or kept for `fingerprint`, in base64.
    package init(claimed base64: String, for fingerprint: Fingerprint) throws(CertificateClaimError) {
        try self.init(der: Certificate.der(claimed: base64, for: fingerprint))
    }

    /// What was kept of a certificate that was read before.
    package init(subject: String, notBefore: Timestamp, notAfter: Timestamp, spkiSHA256: String) {
        der = nil
        (self.subject, self.notBefore, self.notAfter, self.spkiSHA256) = (subject, notBefore, notAfter, spkiSHA256)
    }

    /// Reads the `Certificate` of RFC 5280 as far as the key; only `Certificate` checks what follows.
    package init(der: [UInt8]) throws(CertificateClaimError) {
        let fields = Self.fields(of: der)
        guard fields.count >= 6, case let times = DERElement.all(in: fields[3].content, limit: 2), times.count == 2,
            let notBefore = ASN1.time(der: Array(times[0].whole)), let notAfter = ASN1.time(der: Array(times[1].whole)),
            let subject = ASN1.text(ofNameDER: Array(fields[4].whole))
        else { throw .unreadable(CertificateError(.unknown)) }
        self.der = der
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
        spkiSHA256 = SHA256.text(of: fields[5].whole)
    }

    /// Whether `authority` has issued it; always false where only the facts were kept.
    ///
    /// A CA writes its name into what it issues as it stands in its own certificate, to the byte (RFC 5280, 4.1.2.6). So most certificates
    /// are told apart without OpenSSL.
    package func isIssued(by authority: Certificate) -> Bool {
        guard let der, case let fields = Self.fields(of: der), fields.count >= 6,
            case let names = Self.fields(of: authority.der), names.count >= 6, fields[2].whole.elementsEqual(names[4].whole)
        else { return false }
        guard let issued = try? OpenSSLCertificate(der: der), let issuer = try? OpenSSLCertificate(der: authority.der) else { return false }
        return issued.isIssued(by: issuer)
    }

    /// SHA-256 of the SubjectPublicKeyInfo as it stands in the certificate; nil when there is none. OpenSSL would encode it again, and write
    /// other bytes for a key whose bit string is not a multiple of eight.
    static func keyDigest(in der: [UInt8]) -> String? {
        let fields = fields(of: der)
        return fields.count >= 6 ? SHA256.text(of: fields[5].whole) : nil
    }

    /// The fields of `TBSCertificate` without its version: serial number, algorithm, issuer, times, subject, key and what follows.
    private static func fields(of der: [UInt8]) -> [DERElement] {
        let all = DERElement(at: der[...]).flatMap { DERElement(at: $0.content) }.map { DERElement.all(in: $0.content, limit: 8) } ?? []
        return all.first?.tag == 0xA0 ? Array(all.dropFirst()) : all
    }
}

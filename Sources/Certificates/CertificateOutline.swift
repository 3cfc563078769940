package import TrustCore

/// The little of a certificate that a long list shows, and by which certificates are compared: found without decoding its key, which takes
/// OpenSSL twenty times as long. The whole `Certificate` is for cards.
package struct CertificateOutline: Equatable, Sendable {
    package let der: [UInt8]
    /// RFC 2253 text; still a stranger's words.
    package let subject: String
    package let notBefore: Timestamp
    package let notAfter: Timestamp
    /// 64 upper-case digits of the key's SHA-256, in its DER form.
    package let spkiSHA256: String

    /// The outline of what was logged or kept for `fingerprint`. The digest is compared before anything else is read.
    package init(claimed base64: String, for fingerprint: Fingerprint) throws(CertificateClaimError) {
        guard base64.utf8.count <= Certificate.maximumSize * 2, let der = Base64.decode(Array(base64.utf8)) else {
            throw .unreadable(CertificateError(.notBase64(line: 1)))
        }
        guard let digest = try? Fingerprint(digest: OpenSSLCertificate.sha256(der)), digest == fingerprint else { throw .otherBytes }
        try self.init(der: der)
    }

    /// Reads RFC 5280's `Certificate` as far as the key; what stands behind it is for `Certificate` to judge.
    package init(der: [UInt8]) throws(CertificateClaimError) {
        let fields = Self.fields(of: der)
        guard fields.count >= 6, case let times = DERElement.all(in: fields[3].content, limit: 2), times.count == 2,
            let notBefore = OpenSSLCertificate.moment(of: Array(times[0].whole)),
            let notAfter = OpenSSLCertificate.moment(of: Array(times[1].whole)),
            let subject = OpenSSLCertificate.text(ofName: Array(fields[4].whole)), let key = Self.keyDigest(in: der)
        else { throw .unreadable(CertificateError(.unknown)) }
        self.der = der
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
        spkiSHA256 = key
    }

    /// SHA-256 of the SubjectPublicKeyInfo as it stands in the certificate; nil when there is none. OpenSSL encodes it anew, and a key of bits
    /// that are no whole octets becomes another one.
    static func keyDigest(in der: [UInt8]) -> String? {
        let fields = fields(of: der)
        return fields.count >= 6 ? OpenSSLCertificate.hex(OpenSSLCertificate.sha256(Array(fields[5].whole))) : nil
    }

    /// Serial number, algorithm, issuer, times, subject, key and what follows: those of `TBSCertificate` without its version.
    private static func fields(of der: [UInt8]) -> [DERElement] {
        let all = DERElement(at: der[...]).flatMap { DERElement(at: $0.content) }.map { DERElement.all(in: $0.content, limit: 8) } ?? []
        return all.first?.tag == 0xA0 ? Array(all.dropFirst()) : all
    }
}

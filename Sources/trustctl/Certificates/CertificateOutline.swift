import TrustCore

/// The little of a certificate that a long list shows, and by which certificates are compared: found without decoding its key, which takes
/// OpenSSL twenty times as long. The whole `Certificate` is for cards.
struct CertificateOutline: Equatable, Sendable {
    let der: [UInt8]
    /// RFC 2253 text; still a stranger's words.
    let subject: String
    let notBefore: Timestamp
    let notAfter: Timestamp
    /// 64 upper-case digits of the key's SHA-256, in its DER form.
    let spkiSHA256: String

    /// The outline of what was logged or kept for `fingerprint`. The digest is compared before anything else is read.
    init(claimed base64: String, for fingerprint: Fingerprint) throws(CertificateClaimError) {
        guard base64.utf8.count <= Certificate.maximumSize * 2, let der = Base64.decode(Array(base64.utf8)) else {
            throw .unreadable(CertificateError(.notBase64(line: 1)))
        }
        guard let digest = try? Fingerprint(digest: OpenSSLCertificate.sha256(der)), digest == fingerprint else { throw .otherBytes }
        try self.init(der: der)
    }

    /// Reads RFC 5280's `Certificate` as far as the key; what stands behind it is for `Certificate` to judge.
    init(der: [UInt8]) throws(CertificateClaimError) {
        let fields = DERElement(at: der[...]).flatMap { DERElement(at: $0.content) }.map { DERElement.all(in: $0.content, limit: 8) } ?? []
        let skipped = fields.first?.tag == 0xA0 ? 1 : 0  // the version
        guard fields.count >= skipped + 6, case let times = DERElement.all(in: fields[skipped + 3].content, limit: 2), times.count == 2,
            let notBefore = OpenSSLCertificate.moment(of: Array(times[0].whole)),
            let notAfter = OpenSSLCertificate.moment(of: Array(times[1].whole)),
            let subject = OpenSSLCertificate.text(ofName: Array(fields[skipped + 4].whole))
        else { throw .unreadable(CertificateError(.unknown)) }
        self.der = der
        self.subject = subject
        self.notBefore = notBefore
        self.notAfter = notAfter
        spkiSHA256 = OpenSSLCertificate.hex(OpenSSLCertificate.sha256(Array(fields[skipped + 5].whole)))
    }
}

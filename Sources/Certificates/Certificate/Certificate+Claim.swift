package import TrustCore

extension Certificate {
    /// The certificate that a queue entry, the ledger or a log line gives for `fingerprint`, in base64.
    package init(claimed base64: some StringProtocol, for fingerprint: Fingerprint) throws(CertificateClaimError) {
        let der = try Self.der(claimed: base64, for: fingerprint)
        do { self = try Certificate(der: der) } catch { throw .unreadable(error) }
    }

    /// The DER form in such a claim. Whether it is a certificate is not checked.
    ///
    /// The attack: a line with the fingerprint of the thief and the certificate of a friend, so that the card shows a name that the
    /// operator knows. Only the digest ties the two together, so it is compared before anything else is read.
    package static func der(claimed base64: some StringProtocol, for fingerprint: Fingerprint) throws(CertificateClaimError) -> [UInt8] {
        let text = Array(base64.utf8)
        // Base64 has four characters for three bytes.
        guard text.count <= (maximumSize + 2) / 3 * 4 else { throw .unreadable(CertificateError(.tooLarge(limit: maximumSize))) }
        guard let der = Base64.decode(text) else { throw .unreadable(CertificateError(.notBase64(line: 1))) }
        guard let digest = try? Fingerprint(of: der), digest == fingerprint else { throw .otherBytes }
        return der
    }
}

/// Why a certificate that was given for a fingerprint is not taken as its certificate.
package enum CertificateClaimError: Error, Equatable, CustomStringConvertible {
    /// The digest of the bytes is not the fingerprint: whoever wrote them beside it lied, or something was cut off.
    case otherBytes
    case unreadable(CertificateError)

    package var description: String {
        switch self {
        case .otherBytes: "the certificate logged for it is another one: its SHA-256 differs from the fingerprint"
        case .unreadable(let error): "the certificate logged for it is unreadable: \(error)"
        }
    }
}

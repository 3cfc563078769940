package import TrustCore

/// Why what stands beside a fingerprint is not taken as its certificate.
package enum CertificateClaimError: Error, Equatable, CustomStringConvertible {
    /// The bytes are another thing's: whoever wrote them beside this fingerprint lied, or something was cut.
    case otherBytes
    case unreadable(CertificateError)

    package var description: String {
        switch self {
        case .otherBytes: "what was logged as its certificate is not: its SHA-256 is not the fingerprint"
        case .unreadable(let error): "what was logged as its certificate is not readable: \(error)"
        }
    }
}

extension Certificate {
    /// The certificate that a queue entry or a log line claims for `fingerprint`.
    ///
    /// The attack: a line with the fingerprint of the thief and the certificate of a friend, so that the card shows a name that the
    /// operator knows. Only the digest ties the two together, so it is compared before anything else is read.
    package static func verified(base64: some StringProtocol, against fingerprint: Fingerprint) -> Result<
        Certificate, CertificateClaimError
    > {
        let text = Array(base64.utf8)
        // Base64 has four characters for three bytes.
        guard text.count <= (maximumSize + 2) / 3 * 4 else { return .failure(.unreadable(CertificateError(.tooLarge(limit: maximumSize)))) }
        guard let der = Base64.decode(text) else { return .failure(.unreadable(CertificateError(.notBase64(line: 1)))) }
        return verified(der: der, against: fingerprint)
    }

    /// The same for bytes that are DER already.
    package static func verified(der: [UInt8], against fingerprint: Fingerprint) -> Result<Certificate, CertificateClaimError> {
        guard let digest = try? Fingerprint(digest: OpenSSLCertificate.sha256(der)), digest == fingerprint else {
            return .failure(.otherBytes)
        }
        do {
            return .success(try Certificate(der: der))
        } catch {
            return .failure(.unreadable(error))
        }
    }
}

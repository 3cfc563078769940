package import TrustCore

extension ServerVerification.Problem {
    /// What is wrong with `certificate`, as the rest of a sentence. `name` gives the name of another certificate. Safe to print.
    package func explained(_ certificate: Certificate, naming name: (Fingerprint) -> String) -> String {
        switch reason {
        case .notYetValid: "it is not valid before \(certificate.notBefore)"
        case .expired: "it expired at \(certificate.notAfter)"
        case .shadowed(let other):
            "OpenSSL finds \(Printable(name(other), limit: 64)) in its place, which has the same subject or key: the two cannot both verify"
        case .issuerUnknown:
            "it was issued by “\(Printable(certificate.issuer, limit: 120))”, whose certificate is not in the trust directory"
        case .purpose: "its key usage does not allow a TLS client (OpenSSL: “\(words)”)"
        case .weakKey: "its key is too weak: \(Printable("\(certificate.key)", limit: 80)) (OpenSSL: “\(words)”)"
        case .other: "OpenSSL says “\(words)”"
        }
    }

    /// What to do about it. Safe to print.
    package var wayOut: String {
        let another = "ask its owner for a self-signed one, such as `trustctl client new` makes"
        return switch reason {
        case .notYetValid: "wait, or ask its owner for another one"
        case .expired, .weakKey, .other: another
        case .shadowed(let other):
            "`trustctl revoke \(other) --only` when its client has the new one, or \(another):"
                + " its authority key identifier has issuer and serial number"
        case .issuerUnknown: "\(another); or trust by fingerprint: `trustctl setup --trust fingerprint`"
        case .purpose: "\(another), with clientAuth in its extendedKeyUsage"
        }
    }
}

package import TrustCore

extension Certificate {
    /// All warnings about it, the worst first. `known` may hold the certificate itself; it is not compared with itself.
    package func warnings(at now: Timestamp, inTrustDirectory: Bool, known: [KnownCertificate]) -> [CertificateWarning] {
        var warnings: [CertificateWarning] = []
        if isCA { warnings.append(.authority) }
        if hasMalformedExtensions { warnings.append(.malformedExtensions) }

        let left = notAfter.seconds - now.seconds
        if left <= 0 {
            warnings.append(.expired(since: notAfter))
        } else if left <= Int64(CertificateWarning.soon) * 86_400 {
            warnings.append(.expiresSoon(at: notAfter, days: Int(left / 86_400)))
        }
        if now < notBefore { warnings.append(.notYetValid(until: notBefore)) }

        if key.bits == nil { warnings.append(.unreadableKey(key)) }
        if key.isWeak { warnings.append(.weakKey(key)) }
        if !maySign { warnings.append(.cannotSign) }
        if let signatureDigest, Self.brokenDigests.contains(signatureDigest) { warnings.append(.weakSignature(digest: signatureDigest)) }

        if issuer == subject {
            switch ownSignature {
            case .none, .right: break
            case .wrong: warnings.append(.signedByAnotherKey)
            case .unchecked: warnings.append(.uncheckedSignature(algorithm: signatureAlgorithm))
            }
        } else if !inTrustDirectory {
            warnings.append(.issuedByAnother(issuer: issuer))
        }

        let others = known.filter { $0.fingerprint != fingerprint }
        let sameKey = others.filter { $0.spkiSHA256 == spkiSHA256 }.map(\.name)
        if !sameKey.isEmpty { warnings.append(.sameKey(as: sameKey)) }
        let sameSubject = others.filter { $0.subject == subject && !subject.isEmpty }.map(\.name)
        if !sameSubject.isEmpty { warnings.append(.sameSubject(as: sameSubject)) }
        return warnings
    }

    /// OpenSSL's short names of broken digests: two certificates with the same signature can be made.
    private static let brokenDigests: Set<String> = ["MD2", "MD4", "MD5", "MD5-SHA1", "SHA1"]
}

extension Certificate.Key {
    /// Less than 112 bits of strength (NIST SP 800-57): RSA below 2048, elliptic curves below 224; and DSA, which nobody should use.
    var isWeak: Bool {
        switch type {
        case "RSA", "RSA-PSS": (bits ?? .max) < 2048
        case "EC", "SM2": (bits ?? .max) < 224
        case "DSA": true
        default: false
        }
    }
}

package import TrustCore

/// A certificate that the tool knows by a name: a label, or the beginning of its fingerprint.
package struct KnownCertificate: Equatable, Sendable {
    package let name: String
    package let fingerprint: Fingerprint
    package let subject: String
    package let spkiSHA256: String

    package init(name: String, fingerprint: Fingerprint, subject: String, spkiSHA256: String) {
        self.name = name
        self.fingerprint = fingerprint
        self.subject = subject
        self.spkiSHA256 = spkiSHA256
    }
}

/// What an operator should know before he approves a certificate. A warning stops nothing.
package enum CertificateWarning: Equatable, Sendable {
    case expired(since: Timestamp)
    case notYetValid(until: Timestamp)
    case expiresSoon(at: Timestamp, days: Int)
    case authority
    case malformedExtensions
    case weakKey(Certificate.Key)
    case unreadableKey(Certificate.Key)
    case weakSignature(digest: String)
    case issuedByAnother(issuer: String)
    case signedByAnotherKey
    case sameKey(as: [String])
    case sameSubject(as: [String])
    /// What was shown as the certificate is not, or cannot be read.
    case claim(CertificateClaimError)

    /// “Soon”, in days: a month to make a new one and have it approved.
    package static let soon = 30
    /// Names that one warning lists. The attack: thousands of queued certificates with one subject, to push the rest off the screen.
    static let maximumNames = 4
}

extension Certificate {
    /// Everything to be warned of, the worst first. `known` may hold the certificate itself; it is not compared with itself.
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
        if let signatureDigest, Self.brokenDigests.contains(signatureDigest) { warnings.append(.weakSignature(digest: signatureDigest)) }

        if issuer == subject {
            if !selfSigned { warnings.append(.signedByAnotherKey) }
        } else if !inTrustDirectory, !selfSigned {
            warnings.append(.issuedByAnother(issuer: issuer))
        }

        let others = known.filter { $0.fingerprint != fingerprint }
        let sameKey = others.filter { $0.spkiSHA256 == spkiSHA256 }.map(\.name)
        if !sameKey.isEmpty { warnings.append(.sameKey(as: sameKey)) }
        let sameSubject = others.filter { $0.subject == subject && !subject.isEmpty }.map(\.name)
        if !sameSubject.isEmpty { warnings.append(.sameSubject(as: sameSubject)) }
        return warnings
    }

    /// OpenSSL's short names of digests for which two certificates with one signature can be made.
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

extension CertificateWarning: CustomStringConvertible {
    /// One line, safe to print.
    package var description: String {
        switch self {
        case .expired(let moment): "expired since \(moment)"
        case .notYetValid(let moment): "not valid before \(moment)"
        case .expiresSoon(let moment, 0): "expires within a day, at \(moment)"
        case .expiresSoon(let moment, let days): "expires in \(days) day\(days == 1 ? "" : "s"), at \(moment)"
        case .authority: "CA:TRUE: its holder can issue further certificates that verify"
        case .malformedExtensions: "its extensions are malformed: another program may read something else in them"
        case .weakKey(let key): "weak key: \(Printable("\(key)", limit: 80))"
        case .unreadableKey(let key): "its key cannot be read here: \(Printable(key.type, limit: 80))"
        case .weakSignature(let digest): "weak signature: made with \(digest)"
        case .issuedByAnother(let issuer): "issued by “\(Printable(issuer))”, and not in the trust directory"
        case .signedByAnotherKey: "names itself as its issuer, but its own key did not sign it"
        case .sameKey(let names): "the same key as \(Self.list(names))"
        case .sameSubject(let names): "the same subject as \(Self.list(names)), but another certificate"
        case .claim(let error): "\(error)"
        }
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(maximumNames).map { "\(Printable($0, limit: 80))" }.joined(separator: ", ")
        return names.count > maximumNames ? "\(shown) and \(names.count - maximumNames) more" : shown
    }
}

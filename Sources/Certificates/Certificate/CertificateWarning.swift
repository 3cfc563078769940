package import TrustCore

/// What an operator should know before approving a certificate. A warning does not prevent the approval.
package enum CertificateWarning: Equatable, Sendable {
    case expired(since: Timestamp)
    case notYetValid(until: Timestamp)
    case expiresSoon(at: Timestamp, days: Int)
    case authority
    case malformedExtensions
    case weakKey(Certificate.Key)
    case unreadableKey(Certificate.Key)
    case cannotSign
    case weakSignature(digest: String)
    case issuedByAnother(issuer: String)
    case signedByAnotherKey
    /// Whether its own key has signed it cannot be told here.
    case uncheckedSignature(algorithm: String)
    /// It ends after the last second that Exim counts.
    case endsUncounted(at: Timestamp)
    case sameKey(as: [String])
    case sameSubject(as: [String])
    /// The certificate that was logged is another one, or unreadable.
    case claim(CertificateClaimError)

    /// “Soon”, in days: enough time to make a new certificate and have it approved.
    package static let soon = 30
    /// The most names that one warning lists. The attack: thousands of queued certificates with one subject, to push the rest off the
    /// screen.
    static let maximumNames = 4
}

extension CertificateWarning: CustomStringConvertible {
    /// One line, safe to print.
    package var description: String {
        switch self {
        case .expired(let moment): "expired at \(moment)"
        case .notYetValid(let moment): "not valid before \(moment)"
        case .expiresSoon(let moment, 0): "expires within a day, at \(moment)"
        case .expiresSoon(let moment, let days): "expires in \(days) day\(days == 1 ? "" : "s"), at \(moment)"
        case .authority: "CA:TRUE: its holder can issue further certificates that verify"
        case .malformedExtensions: "its extensions are malformed: other programs may read them differently"
        case .weakKey(let key): "weak key: \(Printable("\(key)", limit: 80))"
        case .unreadableKey(let key): "OpenSSL cannot read its key: \(Printable(key.type, limit: 80))"
        case .cannotSign: "its keyUsage lacks digitalSignature: an exim with GnuTLS ends the TLS session"
        case .weakSignature(let digest): "weak signature: made with \(digest)"
        case .issuedByAnother(let issuer):
            "issued by “\(issuer.isEmpty ? "none" : Printable(issuer).description)”, and not in the trust directory"
        case .signedByAnotherKey: "names itself as its issuer, but is not signed with its own key"
        case .uncheckedSignature(let algorithm):
            "names itself as its issuer; whether its own key has signed it could not be checked: this OpenSSL cannot check"
                + " \(Printable(algorithm, limit: 80))"
        case .endsUncounted(let moment):
            "ends at \(moment): exim cuts dates to 32 bits, so rules that do not take that into account (of your own, or made by trustd 0.1)"
                + " refuse it for ever"
        case .sameKey(let names): "the same key as \(Self.list(names))"
        case .sameSubject(let names): "the same subject as \(Self.list(names)), but another certificate"
        case .claim(let error): "\(error)"
        }
    }

    /// Always in the same order: first what has a label, which the operator knows.
    private static func list(_ names: [String]) -> String {
        let names = names.sorted { left, right in
            let (isLeft, isRight) = (isFingerprint(left), isFingerprint(right))
            return isLeft == isRight ? left < right : isRight
        }
        let shown = names.prefix(maximumNames).map { "\(Printable($0, limit: 80))" }.joined(separator: ", ")
        return names.count > maximumNames ? "\(shown) and \(names.count - maximumNames) more" : shown
    }

    private static func isFingerprint(_ name: String) -> Bool {
        name.utf8.count == 16 && name.utf8.allSatisfy { ($0.isLetterOrDigit && $0 < UInt8(ascii: "G")) }
    }
}

extension CertificateWarning {
    /// One or two words of our own, for a table.
    package var word: String {
        switch self {
        case .expired: "expired"
        case .notYetValid: "not yet valid"
        case .expiresSoon: "ends soon"
        case .authority: "CA"
        case .malformedExtensions: "malformed"
        case .weakKey: "weak key"
        case .unreadableKey: "unreadable key"
        case .cannotSign: "cannot sign"
        case .weakSignature: "weak signature"
        case .issuedByAnother: "other issuer"
        case .signedByAnotherKey, .uncheckedSignature: "signature"
        case .endsUncounted: "ends after 2106"
        case .sameKey: "same key"
        case .sameSubject: "same subject"
        case .claim(.otherBytes): "false certificate"
        case .claim: "unreadable"
        }
    }
}

import Certificates
import TrustCore

/// A certificate for a person who compares it: the client's own, or a relay's.
struct CertificateCard {
    let certificate: Certificate
    var style = Style(for: -1)
    var now = Timestamp.now

    var text: String {
        let fingerprint = FingerprintLines(certificate.fingerprint, style: style).lines
        let lines =
            fingerprint + [
                ("subject", certificate.shownSubject), ("issuer", certificate.shownIssuer),
                ("valid", "\(certificate.notBefore) to \(certificate.notAfter)"), ("key", certificate.key.description),
                ("names", certificate.shownNames),
            ]
        let warnings = certificate.warnings(at: now, inTrustDirectory: true, known: []).filter { $0 != .authority }
        return lines.map { $0.padded(to: Card.width) + $1 + "\n" }.joined()
            + warnings.map { style.warning("warning: \($0)") + "\n" }.joined()
    }
}

/// A fingerprint in the forms in which two people compare it: digits in groups, and words.
struct FingerprintLines {
    let lines: [(String, String)]

    init(_ fingerprint: Fingerprint, style: Style) {
        let digits = fingerprint.grouped.enumerated().map { ($0 == 0 ? "fingerprint" : "", style.bold($1)) }
        let names = ["words of the", PGPWordList.name]
        let words = fingerprint.spoken.enumerated().map { ($0 < names.count ? names[$0] : "", $1) }
        lines = digits + words
    }

    var text: String { lines.map { $0.padded(to: Card.width) + $1 + "\n" }.joined() }
}

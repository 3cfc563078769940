import Certificates
import TrustCore

/// A certificate for a person who compares it: the client's own, or a relay's.
struct CertificateCard {
    let certificate: Certificate
    var style = Style(for: -1)
    var now = Timestamp.now

    var text: String {
        let lines = [
            ("subject", certificate.shownSubject), ("issuer", certificate.shownIssuer),
            ("valid", "\(certificate.notBefore) to \(certificate.notAfter)"), ("key", certificate.key.description),
            ("names", certificate.shownNames),
        ]
        return FingerprintLines(certificate.fingerprint, style: style).text + lines.map { $0.padded(to: Card.width) + $1 + "\n" }.joined()
            + warnings.map { style.warning("warning: \($0)") + "\n" }.joined()
    }

    var warnings: [String] {
        certificate.warnings(at: now, inTrustDirectory: true, known: []).filter { $0 != .authority }.map(\.description)
    }
}

/// A fingerprint in the forms in which two people compare it: digits in groups, and words.
struct FingerprintLines {
    let lines: [(String, String)]
    /// Whether no names stand beside the rows.
    private var isNarrow = false

    /// On a terminal in rows that fit it and end between words; else in rows of eight, as programs know them.
    init(_ fingerprint: Fingerprint, style: Style) { self.init(rows: fingerprint.grouped, spoken: fingerprint.spoken, style) }

    /// With four of the groups left out, and the words for them.
    init(_ readBack: ReadBack, style: Style) {
        let groups = readBack.shownGroups
        let rows = [groups.prefix(8).joined(separator: " "), groups.dropFirst(8).joined(separator: " ")]
        self.init(rows: rows, spoken: [readBack.shownWords.joined(separator: " ")], style)
    }

    private init(rows: [String], spoken: [String], _ style: Style) {
        let names = ["words of the", PGPWordList.name]
        guard let columns = style.columns else {
            let digits = rows.enumerated().map { ($0 == 0 ? "fingerprint" : "", style.bold($1)) }
            lines = digits + spoken.enumerated().map { ($0 < names.count ? names[$0] : "", $1) }
            return
        }
        let words = spoken.joined(separator: " ").split(separator: " ").map(String.init)
        if columns - Card.width >= Self.widestRow {
            let digits = rows.enumerated().map { ($0 == 0 ? "fingerprint" : "", style.bold($1)) }
            let rows = stride(from: 0, to: words.count, by: 4).map { words[$0..<$0 + 4].joined(separator: " ") }
            lines = digits + rows.enumerated().map { ($0 < names.count ? names[$0] : "", $1) }
        } else {
            // No room for names beside them.
            let digits = Paragraph(rows.joined(separator: " ")).lines(of: columns)
            // The digits nearest to the question: a small screen may not hold it all.
            lines = (Paragraph(words.joined(separator: " ")).lines(of: columns) + digits.map { style.bold($0) }).map { ("", $0) }
            isNarrow = true
        }
    }

    /// Four words of the list: two of at most nine letters, two of at most eleven. Eight groups of four digits are narrower.
    private static let widestRow = 43

    var text: String { lines.map { (isNarrow ? "" : $0.padded(to: Card.width)) + $1 + "\n" }.joined() }
}

import TrustCore

extension Certificate {
    /// The subject for people, safe to print; `none` when it is empty, which no subject's text can be.
    package var shownSubject: String { subject.isEmpty ? "none" : Printable(subject).description }

    /// The issuer for people, and whether it has signed itself.
    package var shownIssuer: String {
        switch ownSignature {
        case .right: "itself (self-signed)"
        case .unchecked where issuer == subject: "itself, as it says (its signature could not be checked)"
        case .none, .wrong, .unchecked: issuer.isEmpty ? "none" : Printable(issuer).description
        }
    }

    /// The alternative names for people, at most eight.
    ///
    /// The attack: a name that holds a comma and a blank, and so looks like two (`URI:http://a, DNS:bob.example`). In a name of its own the
    /// comma is escaped; no usual name has both.
    package var shownNames: String {
        if subjectAlternativeNames.isEmpty { return "none" }
        let shown = subjectAlternativeNames.prefix(8).map { Self.shown(name: $0) }.joined(separator: ", ")
        return shown + (subjectAlternativeNames.count > 8 ? ", …" : "")
    }

    /// What a list calls it: the subject, or its first name when that is empty.
    package var shownTitle: String {
        if !subject.isEmpty { return Printable(subject, limit: 100).description }
        return subjectAlternativeNames.first.map { Self.shown(name: $0, limit: 100) } ?? "none"
    }

    private static func shown(name: String, limit: Int = 256) -> String {
        let parts = Printable(name, limit: limit).description.split(separator: ", ", omittingEmptySubsequences: false)
        // As in `Printable`, backslashes before an escape are doubled.
        let escaped = parts.dropLast().map { part in part + String(part.reversed().prefix { $0 == "\\" }) + "\\u{2C} " }
        return escaped.joined() + (parts.last ?? "")
    }
}

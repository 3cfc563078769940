/// Untrusted text, made safe for a terminal, a log, or a file that people read.
///
/// The attack: a subject or a HELO with escape sequences, line ends or direction marks, which moves the cursor, forges a second line or
/// shows its digits in another order. Every character that is not plainly visible is written as `\u{…}`. Backslashes directly before an
/// escape, or before what looks like one, are doubled, so that the escapes themselves cannot be forged; others stay as they are, for names
/// are full of them (`O=Acme\, Inc.`).
package struct Printable: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Keeps at most `limit` characters of `text`; a cut is marked with `…`.
    package init(_ text: some StringProtocol, limit: Int = 256) {
        // Nearly every text is plain, and classifying a character takes a search in Unicode's tables.
        let isPlain = text.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.count <= limit && bytes.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
        }
        if isPlain ?? false {
            description = String(text)
            return
        }
        var safe = String.UnicodeScalarView()
        // The backslashes that were just written, which what follows may double.
        var backslashes = 0
        let scalars = Array(text.unicodeScalars.prefix(limit == .max ? limit : limit + 1))
        for (index, scalar) in scalars.enumerated() {
            if index == limit {
                safe.append("…")
                break
            }
            let isEscaped = Self.isEscaped(scalar)
            let looksEscaped = scalar == "u" && index + 1 < scalars.count && scalars[index + 1] == "{"
            if isEscaped || looksEscaped { safe.append(contentsOf: repeatElement("\\", count: backslashes)) }
            backslashes = scalar == "\\" ? backslashes + 1 : 0
            if isEscaped {
                safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            } else {
                safe.append(scalar)
            }
        }
        description = String(safe)
    }

    /// Whether a character is not plainly visible.
    private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        case .spaceSeparator: scalar != " "
        default: false
        }
    }
}

extension Printable {
    /// A label in parentheses behind a blank, as it follows a fingerprint; empty without one.
    package static func behind(_ label: String?) -> String { label.map { " (\(Printable($0, limit: 64)))" } ?? "" }
}

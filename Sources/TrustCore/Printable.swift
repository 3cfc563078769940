/// Untrusted text, made safe for a terminal, a log, or a file that people read.
///
/// The attack: a subject or a HELO with escape sequences, line ends or direction marks, which moves the cursor, forges a second line or
/// shows its digits in another order. Every character that is not plainly visible is written as `\u{…}`. A backslash is doubled, so that
/// the escapes themselves cannot be forged.
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
        var count = 0
        for scalar in text.unicodeScalars {
            if count == limit {
                safe.append("…")
                break
            }
            count += 1
            switch scalar.properties.generalCategory {
            case _ where scalar == "\\": safe.append(contentsOf: "\\\\".unicodeScalars)
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            case .spaceSeparator where scalar != " ":
                safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            default: safe.append(scalar)
            }
        }
        description = String(safe)
    }
}

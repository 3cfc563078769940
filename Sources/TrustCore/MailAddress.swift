/// A mail address that can stand in an SMTP command and in a header as it is: nothing in it needs quotes.
///
/// The attack: an address with a line end, a blank or an angle bracket, which would end the command or the header and begin another one.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// What follows the `@`.
    package let domain: String

    /// Nil unless it is `LOCAL@DOMAIN`: letters, digits and `._+=-` before the `@`, a host name behind it. A domain with other letters is
    /// written in the form that DNS has (`xn--…`).
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= Self.longest else { return nil }
        let (local, domain) = (parts[0], parts[1])
        guard (1...64).contains(local.utf8.count),
            local.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ part in
                !part.isEmpty && part.utf8.allSatisfy { $0.isLetterOrDigit || "_+=-".utf8.contains($0) }
            }), Self.isHostName(domain)
        else { return nil }
        description = text
        self.domain = String(domain)
    }

    /// RFC 5321, 4.5.3.1.3, without the angle brackets.
    private static let longest = 254

    /// Letters, digits and hyphens between dots.
    package static func isHostName(_ text: some StringProtocol) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                (1...63).contains(part.utf8.count) && part.first != "-" && part.last != "-"
                    && part.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
            }
    }
}

import TrustCore

/// A server's answer to one command.
package struct SMTPReply: Equatable {
    package let code: Int
    /// The texts after the code, one for each line.
    package let lines: [String]

    /// `550 relay not permitted`, safe to print.
    package var words: String { "\(code) \(Printable(lines.joined(separator: " "), limit: 300))".trimmed.description }
    package var isPositive: Bool { (200..<300).contains(code) }
    /// 4yz: a temporary failure (RFC 5321, 4.2.1).
    package var isTemporary: Bool { (400..<500).contains(code) }
}

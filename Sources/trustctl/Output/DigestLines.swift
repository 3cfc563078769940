import Certificates
import TrustCore

/// A digest in the forms in which two people compare it: digits in groups of four, and words.
enum DigestLines {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array(Hex.text(bytes))
        let groups = stride(from: 0, to: digits.count, by: 4).map { String(digits[$0..<min($0 + 4, digits.count)]) }
        let words = PGPWordList.words(for: bytes)
        func rows(_ parts: [String]) -> String {
            stride(from: 0, to: parts.count, by: 8).map { "  " + parts[$0..<min($0 + 8, parts.count)].joined(separator: " ") + "\n" }
                .joined()
        }
        return rows(groups) + "\n" + rows(words)
    }
}

import TrustCore

/// A text of words, for a terminal: no line is wider than it, and no word is broken.
struct Paragraph {
    private let words: [Substring]

    init(_ text: String) { words = text.split(separator: " ") }

    func lines(of columns: Int) -> [String] {
        var lines: [String] = []
        for word in words {
            if let last = lines.last, DisplayWidth.of(last) + 1 + DisplayWidth.of(word) <= columns {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    func wrapped(to columns: Int) -> String { lines(of: columns).joined(separator: "\n") }
}

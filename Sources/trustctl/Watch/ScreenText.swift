/// Texts for a screen on which nothing may wrap by itself.
enum ScreenText {
    /// In lines of at most `columns`, cut between words, and inside a word that is longer.
    static func wrapped(_ text: String, to columns: Int) -> [String] {
        let columns = max(columns, 2)
        let lines = Paragraph(text).lines(of: columns).flatMap { line in
            DisplayWidth.of(line) <= columns ? [line] : pieces(of: line, columns)
        }
        return lines.isEmpty ? [""] : lines
    }

    /// In at most `most` lines; a cut is marked with `…`.
    static func wrapped(_ text: String, to columns: Int, atMost most: Int) -> [String] {
        let lines = wrapped(text, to: columns)
        guard lines.count > most, most > 0 else { return Array(lines.prefix(most)) }
        return lines.prefix(most - 1) + [lines[(most - 1)...].joined(separator: " ").clipped(to: columns)]
    }

    private static func pieces(of word: String, _ columns: Int) -> [String] {
        var pieces: [String] = []
        var piece = String.UnicodeScalarView()
        var width = 0
        for scalar in word.unicodeScalars {
            let own = DisplayWidth.of(scalar)
            if width + own > columns {
                pieces.append(String(piece))
                (piece, width) = (String.UnicodeScalarView(), 0)
            }
            piece.append(scalar)
            width += own
        }
        return pieces + [String(piece)]
    }
}

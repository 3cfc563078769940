/// How many columns a terminal gives to a text that `Printable` has made safe.
///
/// Terminals do not agree on every character. Where they differ this counts the wider form: then a line may end early, and never wraps.
enum DisplayWidth {
    static func of(_ text: some StringProtocol) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + of($1) }
    }

    static func of(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }

    /// Unicode's East_Asian_Width W and F, and the blocks of symbols that many terminals draw as pictures, two columns wide.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23F3, 0x25A0...0x27BF, 0x2B00...0x2BFF, 0x2E80...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FF,
        0x1F000...0x1FAFF, 0x20000...0x3FFFD,
    ]
}

extension String {
    /// With blanks behind it up to `columns`.
    func filled(to columns: Int) -> String { self + String(repeating: " ", count: max(0, columns - DisplayWidth.of(self))) }

    /// In at most `columns`; a cut is marked with `…`.
    ///
    /// The attack: a hundred marks on one letter, which a terminal piles up over the lines above. After `mostMarks` of them the text is cut.
    func clipped(to columns: Int) -> String {
        var width = 0
        var marks = 0
        var whole = String.UnicodeScalarView()
        // What leaves room for the mark of a cut.
        var beginning = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            let own = DisplayWidth.of(scalar)
            marks = own == 0 ? marks + 1 : 0
            width += own
            guard width <= columns, marks <= Self.mostMarks else { return columns > 0 ? String(beginning) + "…" : "" }
            whole.append(scalar)
            if width < columns { beginning.append(scalar) }
        }
        return String(whole)
    }

    /// No script writes more on one letter.
    private static let mostMarks = 4
}

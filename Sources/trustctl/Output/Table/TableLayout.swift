/// The columns of a table that fits a terminal. Pure: texts in, lines out.
struct TableLayout {
    struct Column: Equatable {
        let title: String
        /// With less it says nothing.
        let minimum: Int
        var isNumber = false
        /// Whether it is as wide as its minimum in every table: times change from one look to the next.
        var isSteady = false
    }

    struct Cell: Equatable {
        var text: String
        var emphasis = Emphasis.none

        enum Emphasis { case none, strong, warning }
    }

    /// Wider lines are hard to read, and no terminal need be wider.
    static let mostColumns = 120
    private static let gap = "  "
    /// As much of a subject is enough to know it by.
    private static let readable = 24

    private let columns: [Column]
    /// Which columns stand together in a line: all of them, unless the terminal is narrow.
    private let lines: [Range<Int>]
    private let widths: [Int]

    /// `natural`: the columns that the widest text of each column takes. In a terminal that is too narrow for the smallest widths, the rest
    /// of a row stands in lines of its own below.
    init(_ columns: [Column], natural: [Int], width: Int) {
        let width = min(max(width, 20), Self.mostColumns)
        let natural = zip(columns, natural).map { max($1, DisplayWidth.of($0.title), $0.isSteady ? $0.minimum : 0) }
        // Half a number would be another one.
        let smallest = zip(columns, natural).map { $0.isNumber ? $1 : min(max($0.minimum, DisplayWidth.of($0.title)), $1) }
        var lines: [Range<Int>] = []
        var start = 0
        while start < columns.count {
            var end = start
            var taken = lines.isEmpty ? 0 : Self.gap.count
            while end < columns.count, taken + smallest[end] <= width || end == start {
                taken += smallest[end] + Self.gap.count
                end += 1
            }
            lines.append(start..<end)
            start = end
        }
        var widths = smallest
        for (number, line) in lines.enumerated() {
            let gaps = (line.count - 1 + (number == 0 ? 0 : 1)) * Self.gap.count
            var left = width - gaps - smallest[line].reduce(0, +)
            func grow(_ places: [Int], upTo most: [Int]) {
                // One after the other, so that none starves.
                while left > 0, let next = places.filter({ widths[$0] < most[$0] }).min(by: { widths[$0] < widths[$1] }) {
                    widths[next] += 1
                    left -= 1
                }
            }
            // First the last one, until it can be read; then the others, and again the last one.
            let last = [line.upperBound - 1]
            grow(last, upTo: natural.map { min($0, Self.readable) })
            grow(Array(line.dropLast()), upTo: natural)
            grow(last, upTo: natural)
            // A terminal of hardly any width.
            if left < 0, line.count == 1 { widths[line.lowerBound] = max(1, widths[line.lowerBound] + left) }
        }
        (self.columns, self.lines, self.widths) = (columns, lines, widths)
    }

    /// How many lines a row takes at most.
    var height: Int { lines.count }

    /// The titles, as a row of them.
    var head: String { row(columns.map { Cell(text: $0.title) }, Style(for: -1)) }

    /// A row with its line ends. Nothing in it is wider than the terminal, and no line ends in blanks.
    func row(_ cells: [Cell], _ style: Style) -> String {
        var text = ""
        for (number, line) in lines.enumerated() {
            var shown = ""
            var blanks = number == 0 ? "" : Self.gap
            for place in line {
                let plain = cells[place].text.clipped(to: widths[place])
                let free = String(repeating: " ", count: max(0, widths[place] - DisplayWidth.of(plain)))
                if columns[place].isNumber { blanks += free }
                if !plain.isEmpty {
                    shown += blanks + style.emphasized(plain, cells[place].emphasis)
                    blanks = ""
                }
                if !columns[place].isNumber { blanks += free }
                blanks += Self.gap
            }
            if number == 0 || !shown.isEmpty { text += shown + "\n" }
        }
        return text
    }
}

extension Style {
    fileprivate func emphasized(_ text: String, _ emphasis: TableLayout.Cell.Emphasis) -> String {
        switch emphasis {
        case .none: text
        case .strong: bold(text)
        case .warning: warning(text)
        }
    }
}

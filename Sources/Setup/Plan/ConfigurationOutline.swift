import EximControl
import SystemPackage
import TrustCore

/// An Exim configuration file as logical lines, each with its place and the conditionals around it: enough to insert text between two of them.
/// What they mean is not examined.
struct ConfigurationOutline {
    private(set) var lines: [Line] = []

    struct Line {
        /// The number of its first physical line, counted from 1.
        let number: Int
        /// The offset of its first byte.
        let start: Int
        /// Its physical lines as Exim joins them.
        let text: String
        /// How many conditionals are open around it.
        let depth: Int
        var directive: LogicalLines.Line.Directive?

        /// Its first word.
        var word: Substring { text.prefix { !$0.isWhitespace && $0 != "=" } }
        /// The section that begins here, in lower case.
        var section: String? {
            let words = text.lowercased().split(whereSeparator: \.isWhitespace)
            return words.count == 2 && words[0] == "begin" ? String(words[1]) : nil
        }
    }

    private var open: (number: Int, start: Int, text: [UInt8])?
    private var depth = 0

    /// Nil when it is not clear where a line ends: a directive is inside a continued line, or the file ends with a backslash.
    init?(_ bytes: [UInt8]) {
        var reader = LogicalLines(bytes)
        while let line = reader.next() {
            guard take(line) else { return nil }
        }
        guard open == nil else { return nil }
    }

    private mutating func take(_ line: LogicalLines.Line) -> Bool {
        if line.isComment { return true }
        if let directive = line.directive {
            guard open == nil else { return false }
            if case .conditional(let added) = directive, added < 0 { depth += added }
            lines.append(
                Line(number: line.number, start: line.range.lowerBound, text: line.text, depth: depth, directive: directive))
            if case .conditional(let added) = directive, added > 0 { depth += added }
            return true
        }
        if line.isBlank {
            guard var current = open else { return true }
            current.text = Array(current.text.withoutBlanks)
            // With a second backslash before the first, the line continues after the blank one.
            if current.text.last == UInt8(ascii: "\\") {
                current.text.removeLast()
                open = current
            } else {
                end(current)
            }
            return true
        }
        var current = open ?? (line.number, line.range.lowerBound, [])
        current.text += line.continues ? line.content.dropLast() : line.content
        if line.continues { open = current } else { end(current) }
        return true
    }

    private mutating func end(_ line: (number: Int, start: Int, text: [UInt8])) {
        lines.append(Line(number: line.number, start: line.start, text: String(decoding: line.text, as: UTF8.self), depth: depth))
        open = nil
    }

    /// Where lines of the main section may be inserted: before the first section, or at the beginning of the file if that is in a conditional.
    var placeInMainSection: Int {
        guard let first = lines.first(where: { $0.section != nil }), first.depth == 0 else { return 0 }
        return first.start
    }
}

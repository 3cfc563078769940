import SystemPackage
import TrustCore

/// An Exim configuration file as Exim's `get_config_line` sees it (src/readconf.c): physical lines that a backslash continues.
struct LogicalLines {
    private let bytes: [UInt8]
    private var position = 0
    private var number = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// One physical line.
    struct Line {
        /// Counted from 1.
        let number: Int
        /// Its bytes in the file, with the newline.
        let range: Range<Int>
        /// Without the newline.
        let text: String

        /// A physical line whose first character that is no blank is `#`, also between continuations.
        var isComment: Bool { text.trimmed.first == "#" }
        /// Exim drops white space at the end before it looks for the backslash.
        var continues: Bool { text.trimmed.last == "\\" }
        var isBlank: Bool { text.trimmed.isEmpty }
        var isDirective: Bool { text.trimmed.first == "." }
    }

    enum Kind {
        case comment
        case directive
        case sectionBegin
        case definition(String)
        case other
    }

    /// The next physical line.
    mutating func next() -> Line? {
        guard position < bytes.count else { return nil }
        let start = position
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
        position = end
        number += 1
        let hasNewline = bytes[end - 1] == UInt8(ascii: "\n")
        return Line(number: number, range: start..<end, text: String(decoding: bytes[start..<(hasNewline ? end - 1 : end)], as: UTF8.self))
    }

    /// Goes on behind the logical line that `line` begins.
    mutating func skipContinuations(of line: Line) {
        guard line.continues else { return }
        while let next = self.next() {
            if next.isComment || next.isDirective { continue }
            if next.isBlank || !next.continues { return }
        }
    }

    /// All physical lines of the logical line that `line` begins, comments between them included.
    mutating func logical(startingWith line: Line, file: FilePath) throws(TrustListError) -> [Line] {
        var lines = [line]
        guard line.continues else { return lines }
        while let next = self.next() {
            if next.isComment {
                lines.append(next)
                continue
            }
            guard !next.isDirective else {
                throw .notUnderstood(
                    file: file, line: next.number, reason: "a directive stands inside the definition of \(MacroDefinition.name)")
            }
            if next.isBlank { return lines }  // It ends the logical line and is not part of it.
            lines.append(next)
            if !next.continues { return lines }
        }
        // The trap: Exim goes on reading behind the end of an included file, and swallows the next line of the including one.
        throw .notUnderstood(
            file: file, line: number,
            reason: "the definition of \(MacroDefinition.name) ends in a backslash and swallows what follows the file")
    }
}

extension LogicalLines.Line {
    /// What the line begins; `depth` counts the conditionals around it.
    func kind(depth: inout Int) -> LogicalLines.Kind {
        let text = self.text.trimmed
        if text.first == "#" { return .comment }
        if text.first == "." {
            let word = text.dropFirst().prefix { $0.isLetter || $0 == "_" }
            if word == "ifdef" || word == "ifndef" { depth += 1 }
            if word == "endif" { depth -= 1 }
            return .directive
        }
        if text.lowercased().hasPrefix("begin ") { return .sectionBegin }
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        if name.first?.isUppercase == true, text[name.endIndex...].trimmed.first == "=" { return .definition(String(name)) }
        return .other
    }
}

/// An Exim configuration file as Exim's `get_config_line` reads it (src/readconf.c): physical lines, which a backslash continues.
///
/// Everything is judged byte by byte as Exim does: a `#` is one also when a combining mark follows it, white space is C's `isspace`, and
/// a line ends at its first NUL.
package struct LogicalLines {
    private let bytes: [UInt8]
    private var position = 0
    private var number = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// One physical line.
    package struct Line {
        /// Counted from 1.
        package let number: Int
        /// Its bytes in the file, with the newline.
        package let range: Range<Int>
        /// What Exim takes of it: without white space at both ends.
        package let content: ArraySlice<UInt8>
        /// The byte that ends the content: nil at the end of the file.
        package let next: UInt8?

        package var text: String { String(decoding: content, as: UTF8.self) }
        /// A physical line whose first byte that is no white space is `#`, also between continuations.
        package var isComment: Bool { content.first == UInt8(ascii: "#") }
        package var continues: Bool { content.last == UInt8(ascii: "\\") }
        package var isBlank: Bool { content.isEmpty }
    }

    /// The next physical line.
    package mutating func next() -> Line? {
        guard position < bytes.count else { return nil }
        let start = position
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
        position = end
        number += 1
        let known = bytes[start..<end].prefix { $0 != 0 }
        let content = known.withoutBlanks
        return Line(number: number, range: start..<end, content: content, next: content.endIndex < end ? bytes[content.endIndex] : nil)
    }
}

extension LogicalLines.Line {
    /// What a line that begins with a point is to Exim.
    package enum Directive: Equatable {
        /// `.ifdef` and its like; the depth that it adds.
        case conditional(Int)
        case include
    }

    /// Nil for an ordinary line.
    package var directive: Directive? {
        guard content.first == UInt8(ascii: ".") else { return nil }
        for (name, depth) in [("ifdef", 1), ("ifndef", 1), ("elifdef", 0), ("elifndef", 0), ("else", 0), ("endif", -1)] {
            guard content.dropFirst().starts(with: name.utf8) else { continue }
            // What follows such a name without a blank makes Exim pass over the line: also a tab, and the CR of a CRLF file.
            let after = content.dropFirst(name.utf8.count + 1).first ?? next
            return .conditional([nil, UInt8(ascii: " "), UInt8(ascii: "t"), UInt8(ascii: "\n"), 0].contains(after) ? depth : 0)
        }
        for name in [".include", ".include_if_exists"] where content.starts(with: name.utf8) {
            let after = content.dropFirst(name.utf8.count).first ?? next
            if after.map(\.isBlank) ?? true { return .include }
        }
        return nil
    }

    /// The macro that a line defines when it stands at the beginning of a logical one.
    package var macro: Substring? { Self.macro(definedIn: content) }

    package static func macro(definedIn text: ArraySlice<UInt8>) -> Substring? {
        guard let first = text.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return nil }
        let name = text.prefix { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_")
        }
        guard text[name.endIndex...].first(where: { !$0.isBlank }) == UInt8(ascii: "=") else { return nil }
        return Substring(decoding: name, as: UTF8.self)
    }
}

extension UInt8 {
    /// White space as C's `isspace` has it.
    package var isBlank: Bool { self == UInt8(ascii: " ") || (9...13).contains(self) }
}

extension Collection<UInt8> where Self: BidirectionalCollection {
    /// Without Exim's white space at both ends.
    package var withoutBlanks: SubSequence {
        let rest = drop { $0.isBlank }
        guard let last = rest.lastIndex(where: { !$0.isBlank }) else { return rest }
        return rest[...last]
    }
}

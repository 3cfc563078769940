/// The lines of an Exim configuration file, as Exim's `get_config_line` reads them (src/readconf.c): physical lines, which a backslash
/// continues.
///
/// Everything is compared byte by byte, as in Exim: a `#` counts also when a combining mark follows it, white space is C's `isspace`, and a
/// line ends at its first NUL.
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
        /// Without white space at both ends, as Exim takes it.
        package let content: ArraySlice<UInt8>
        /// The byte that ends the content: nil at the end of the file.
        package let next: UInt8?

        package var text: String { String(decoding: content, as: UTF8.self) }
        /// A physical line whose first byte other than white space is `#`, also between continued lines.
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
    /// What Exim takes a line for that begins with a point.
    package enum Directive: Equatable {
        /// `.ifdef` and the like, with the depth that it adds.
        case conditional(Int)
        case include
    }

    /// Nil for an ordinary line.
    package var directive: Directive? {
        guard content.first == UInt8(ascii: ".") else { return nil }
        for (name, depth) in [("ifdef", 1), ("ifndef", 1), ("elifdef", 0), ("elifndef", 0), ("else", 0), ("endif", -1)] {
            guard content.dropFirst().starts(with: name.utf8) else { continue }
            // Exim ignores the line when anything but these follows the name: also a tab, and the CR of a CRLF file.
            // 't' is not a typo of ours: Exim compares with the letter t instead of '\t' (readconf.c:1144), and we must read as it does.
            let after = content.dropFirst(name.utf8.count + 1).first ?? next
            return .conditional([nil, UInt8(ascii: " "), UInt8(ascii: "t"), UInt8(ascii: "\n"), 0].contains(after) ? depth : 0)
        }
        for name in [".include", ".include_if_exists"] where content.starts(with: name.utf8) {
            let after = content.dropFirst(name.utf8.count).first ?? next
            if after.map(\.isBlank) ?? true { return .include }
        }
        return nil
    }

    /// The macro that this line defines if it begins a logical line.
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
    /// White space by C's `isspace`.
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

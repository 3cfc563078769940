/// Reads a text of a `RecordFormat`, line by line. The text is hostile input: it may belong to another user.
package struct RecordReader {
    /// The lines that were not read yet, each with its line end.
    private var rest: ArraySlice<UInt8>
    /// The number of the line that was read last.
    private var line = 1
    /// What follows the blank line; nil when there is none.
    package let body: ArraySlice<UInt8>?

    package struct Field {
        package let name: String
        package let value: Substring
        /// The line's number in the text, from 1.
        package let line: Int
        /// Whether the line holds no control character.
        package let isPlain: Bool
    }

    package enum Failure: Error, Equatable {
        case truncated
        case unreadable(line: Int)
    }

    /// Throws for a text with another first line or bytes that are not UTF-8, and for one that is truncated.
    package init(_ bytes: [UInt8], as format: RecordFormat) throws(Failure) {
        var lines = bytes[...]
        if case .body = format.ending, let blank = bytes.indices.dropLast().first(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }) {
            lines = bytes[...blank]
            body = bytes[(blank + 2)...]
        } else {
            body = nil
        }
        guard String(validating: lines, as: UTF8.self) != nil, let end = lines.firstIndex(of: 0x0A),
            lines[..<end].elementsEqual(format.heading.utf8)
        else { throw .unreadable(line: 1) }
        rest = lines[(end + 1)...]
        guard lines.last == 0x0A else { throw .truncated }
        if case .end = format.ending {
            let last = Array("\n\(RecordFormat.lastLine)\n".utf8)
            // The first line's own end may be the one before it.
            guard lines[end...].suffix(last.count).elementsEqual(last) else { throw .truncated }
            rest.removeLast(last.count - 1)
        }
    }

    package var isAtEnd: Bool { rest.isEmpty }

    /// The next line; nil at the end. Throws for one that is not of the form `Name: value`.
    package mutating func next() throws(Failure) -> Field? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        let text = rest[..<end]
        rest = rest[(end + 1)...]
        line += 1
        // Cut as bytes: a list may show thousands of entries, and cutting a String looks up every character in Unicode's tables.
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), text[(colon + 1)...].first == UInt8(ascii: " ") else {
            throw .unreadable(line: line)
        }
        return Field(
            name: String(decoding: text[..<colon], as: UTF8.self), value: Substring(decoding: text[(colon + 2)...], as: UTF8.self),
            line: line, isPlain: text.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    }

    /// The value of the next line when its name is `name`; otherwise nil, and the line stays unread. It stays so also if it holds a control
    /// character: no `RecordWriter` writes one, so the text would not read back as it is.
    package mutating func value(of name: String) -> Substring? {
        var ahead = self
        guard let field = try? ahead.next(), field.name == name, field.isPlain else { return nil }
        self = ahead
        return field.value
    }
}

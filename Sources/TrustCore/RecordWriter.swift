/// Writes a text of a `RecordFormat`.
package struct RecordWriter {
    private let format: RecordFormat
    private var text: [UInt8]

    package init(_ format: RecordFormat) {
        self.format = format
        text = Array("\(format.heading)\n".utf8)
    }

    /// Adds the line `name: value`. The attack: a value with a line end in it, which would forge the next line. Control characters are
    /// therefore written as `\u{…}`.
    package mutating func add(_ name: String, _ value: some CustomStringConvertible) {
        text += name.utf8
        text += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        let (start, value) = (text.count, value.description)
        text += value.utf8
        if !text[start...].allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            text.removeSubrange(start...)
            text += Printable(value, limit: .max).description.utf8
        }
        text.append(UInt8(ascii: "\n"))
    }

    /// The whole text; `body` follows behind a blank line, for a format that has one.
    package func encoded(body: [UInt8]? = nil) -> [UInt8] {
        switch format.ending {
        case .end: text + "\(RecordFormat.lastLine)\n".utf8
        case .body: if let body { text + [0x0A] + body } else { text }
        }
    }
}

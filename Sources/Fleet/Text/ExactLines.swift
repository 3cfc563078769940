import FleetCarrier
import TrustCore

/// Reads a text of which each part has one spelling: `Name: value` lines that end with LF, in one order, in blocks that one blank line parts.
///
/// The attack: two spellings of one decision, or a value that shows a person something else than what it says. So nothing is trimmed,
/// folded or skipped, and a value that `Printable` would change is none.
struct ExactLines {
    private var rest: ArraySlice<UInt8>
    /// The number of the next line, from 1.
    private(set) var number = 1

    /// Bytes of a value: enough for every key and reason, and too little for a flood.
    static let longestValue = 1_000

    /// `kind` is the first line's word, before the version 1.
    init(_ bytes: [UInt8], kind: String, limit: Int) throws(FleetTextError) {
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        rest = bytes[...]
        guard let heading = line, heading.starts(with: "\(kind) ".utf8) else { throw .line(1) }
        let version = heading.dropFirst(kind.utf8.count + 1)
        guard version.elementsEqual("1".utf8) else {
            let isNumber = version.first != UInt8(ascii: "0") && version.count <= 9 && Decimal.number(version) != nil
            throw isNumber ? .version(Printable(String(decoding: version, as: UTF8.self))) : .line(1)
        }
        guard bytes.last == 0x0A else { throw .cut }
        advance()
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next line, without its end.
    private var line: ArraySlice<UInt8>? { rest.firstIndex(of: 0x0A).map { rest[..<$0] } }

    private mutating func advance() {
        guard let end = rest.firstIndex(of: 0x0A) else { return }
        rest = rest[(end + 1)...]
        number += 1
    }

    /// What `read` makes of the next line's value. Nil, and the line stays unread, when it has another name or a value that is none.
    mutating func value<Value>(of name: String, _ read: (String) -> Value?) -> Value? {
        guard let line, line.starts(with: "\(name): ".utf8) else { return nil }
        guard let text = Self.value(line.dropFirst(name.utf8.count + 2)), let value = read(text) else { return nil }
        advance()
        return value
    }

    mutating func value(of name: String) -> String? { value(of: name) { $0 } }

    /// The same for a line that must stand there.
    mutating func required<Value>(_ name: String, _ read: (String) -> Value?) throws(FleetTextError) -> Value {
        guard let value = value(of: name, read) else { throw .line(number) }
        return value
    }

    /// At most `limit` lines with this name, ascending: a list has one order.
    mutating func digests(_ name: String, limit: Int) -> [Digest] {
        var digests: [Digest] = []
        while digests.count < limit,
            let next = value(
                of: name, { text in Digest(hex: text).flatMap { next in digests.last.map { $0 < next } ?? true ? next : nil } })
        { digests.append(next) }
        return digests
    }

    mutating func blank() throws(FleetTextError) {
        guard let line, line.isEmpty else { throw .line(number) }
        advance()
    }

    /// The text of a value; nil for what may not be one.
    static func value(_ bytes: ArraySlice<UInt8>) -> String? {
        let blank = UInt8(ascii: " ")
        guard (1...longestValue).contains(bytes.count), bytes.first != blank, bytes.last != blank else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        // A String is equal to another one that is spelled differently, its bytes are not.
        return Printable(text, limit: .max).description.utf8.elementsEqual(bytes) ? text : nil
    }
}

/// Reads JSON as trustctl writes it: without blanks, with keys in order, and without what it need not escape. Whatever is different stays to
/// `JSONDecoder`, so nothing is read that it would not read. It is a tenth as quick, and a ledger has a hundred thousand lines.
struct LineParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// What is left to somebody who reads more.
    struct Other: Error {}

    var isAtEnd: Bool { position == bytes.count }

    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func take(_ byte: Unicode.Scalar) throws(Other) { guard skip(byte) else { throw Other() } }

    /// The bytes of a string; nothing in it is escaped.
    private mutating func raw() throws(Other) -> UnsafeBufferPointer<UInt8> {
        try take("\"")
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\\") else { throw Other() }
            position += 1
        }
        let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
        try take("\"")
        return text
    }

    mutating func string() throws(Other) -> String {
        guard let text = String(validating: try raw(), as: UTF8.self) else { throw Other() }
        return text
    }

    /// Up to 18 digits, without a sign.
    mutating func number() throws(Other) -> Int {
        let start = position
        var value = 0
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
            guard position - start < 18 else { throw Other() }
            value = value * 10 + Int(digit)
            position += 1
        }
        guard position > start, position == start + 1 || bytes[start] != UInt8(ascii: "0") else { throw Other() }
        return value
    }

    mutating func word<Word: RawRepresentable<String>>(_: Word.Type = Word.self) throws(Other) -> Word {
        guard let word = Word(rawValue: try string()) else { throw Other() }
        return word
    }

    /// Calls `body` with each key, which must read its value. The keys must rise, so that none is there twice.
    mutating func object(_ body: (String, inout LineParser) throws(Other) -> Void) throws(Other) {
        try take("{")
        if skip("}") { return }
        var last = ""
        repeat {
            let key = try string()
            guard key > last else { throw Other() }
            last = key
            try take(":")
            try body(key, &self)
        } while skip(",")
        try take("}")
    }

    mutating func array<Element>(_ element: (inout LineParser) throws(Other) -> Element) throws(Other) -> [Element] {
        try take("[")
        var all: [Element] = []
        if skip("]") { return all }
        repeat { all.append(try element(&self)) } while skip(",")
        try take("]")
        return all
    }
}

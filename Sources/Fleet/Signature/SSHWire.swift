/// Reads the wire form of SSH (RFC 4251, section 5). Every length is checked against what is there.
struct SSHWire {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func string() -> [UInt8]? {
        var ahead = self
        guard let count = ahead.number(), Int(count) <= ahead.rest.count else { return nil }
        rest = ahead.rest.dropFirst(Int(count))
        return Array(ahead.rest.prefix(Int(count)))
    }

    /// Whether the next string is this one; only then it is read.
    mutating func take(_ text: some Collection<UInt8>) -> Bool {
        var ahead = self
        guard let string = ahead.string(), string.elementsEqual(text) else { return false }
        self = ahead
        return true
    }

    /// A positive integer in its shortest form, as it stands there; nil for zero, a negative one, and one with more than `limit` bits.
    mutating func positive(bits limit: Int) -> [UInt8]? {
        guard let bytes = string(), let first = bytes.first, first < 0x80 else { return nil }
        // A zero is there only to keep the number positive.
        if first == 0, bytes.count == 1 || bytes[1] < 0x80 { return nil }
        return bytes.count - (first == 0 ? 1 : 0) <= limit / 8 ? bytes : nil
    }

    static func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    static func string(_ bytes: some Collection<UInt8>) -> [UInt8] { number(bytes.count) + bytes }
}

/// Base64 as RFC 4648 section 4 has it: what Exim's `${base64:}` writes, on one line.
package enum Base64 {
    /// Whether `text` is a non-empty multiple of four characters of the alphabet, with at most two `=` and these at its end.
    package static func isWellFormed(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        var digits = text[...]
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        return !digits.isEmpty && text.count % 4 == 0
            && digits.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    /// The bytes that `text` stands for; nil when it is not well formed. For arrays alone: the compiler makes quick code only of this form,
    /// and a queue may hold thousands.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        let padding = text.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        guard text.count % 4 == 0, text.count > padding else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        for index in 0..<text.count {
            let value: UInt8
            switch text[index] {
            case let byte where byte >= 65 && byte <= 90: value = byte &- 65
            case let byte where byte >= 97 && byte <= 122: value = byte &- 71
            case let byte where byte >= 48 && byte <= 57: value = byte &+ 4
            case 43: value = 62
            case 47: value = 63
            case _ where index >= text.count - padding: value = 0
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            if index & 3 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
            }
        }
        bytes.removeLast(padding)
        return bytes
    }
}

/// Base64 of RFC 4648, section 4, on one line: what Exim's `${base64:}` writes.
package enum Base64 {
    /// The value of a byte that is not a digit.
    private static let none: UInt8 = 0xFF

    /// The value of each byte. A queue may hold thousands of certificates, and a table is quicker than five comparisons.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: none, count: 256)
        for (value, digit) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            values[Int(digit)] = UInt8(value)
        }
        return values
    }()

    /// Whether `text` is a non-empty multiple of four characters of the alphabet, with at most two `=` and these at its end.
    package static func isWellFormed(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        var digits = text[...]
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        let values = values
        return !digits.isEmpty && text.count % 4 == 0 && digits.allSatisfy { values[Int($0)] != none }
    }

    /// The same for a part of a line; the compiler makes quicker code of this form.
    package static func isWellFormed(_ text: ArraySlice<UInt8>) -> Bool {
        text.withUnsafeBufferPointer { text in
            values.withUnsafeBufferPointer { values in
                var count = text.count
                guard count > 0, count % 4 == 0 else { return false }
                for _ in 0..<2 where text[count - 1] == UInt8(ascii: "=") { count -= 1 }
                var all: UInt8 = 0
                // No digit has the highest bit, and `none` has.
                for place in 0..<count { all |= values[Int(text[place])] }
                return all & 0x80 == 0
            }
        }
    }

    /// The bytes that `text` stands for; nil when it is not well formed. For arrays only: the compiler
    /// makes quick code only of this form.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        let padding = text.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        let digits = text.count - padding
        guard text.count % 4 == 0, digits > 0 else { return nil }
        let values = values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        for index in 0..<digits {
            let value = values[Int(text[index])]
            guard value != none else { return nil }
            bits = bits << 6 | UInt32(value)
            guard index & 3 == 3 else { continue }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            bytes.append(UInt8(truncatingIfNeeded: bits))
        }
        if padding > 0 {
            // The last group: two or three digits, of which one or two bytes are whole.
            bits <<= UInt32(6 * padding)
            bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
            if padding == 1 { bytes.append(UInt8(truncatingIfNeeded: bits >> 8)) }
        }
        return bytes
    }
}

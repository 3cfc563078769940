/// Crockford's base 32: digits and letters without I, L, O, U, so that nobody takes one for another.
enum Base32 {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The digit of a value, which must be below 32.
    static func digit(_ value: UInt8) -> UInt8 { alphabet[Int(value & 31)] }

    /// The value of a digit, also where it was taken for another; nil for what is none.
    static func value(of scalar: Unicode.Scalar) -> UInt8? {
        guard scalar.isASCII else { return nil }
        var byte = UInt8(truncatingIfNeeded: scalar.value)
        if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { byte -= 32 }
        switch byte {
        case UInt8(ascii: "O"): byte = UInt8(ascii: "0")
        case UInt8(ascii: "I"), UInt8(ascii: "L"): byte = UInt8(ascii: "1")
        default: break
        }
        return alphabet.firstIndex(of: byte).map { UInt8($0) }
    }

    /// Five bits each; bits that do not fill a value are left out.
    static func values(_ bytes: some Sequence<UInt8>) -> [UInt8] { Bits.regrouped(bytes, from: 8, to: 5, completes: false) }

    /// The bytes that the values fill; zeros complete the last one.
    static func bytes(_ values: [UInt8]) -> [UInt8] { Bits.regrouped(values, from: 5, to: 8, completes: true) }
}

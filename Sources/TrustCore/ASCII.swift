/// Tests of single bytes as ASCII characters. A byte above 0x7F passes none of them.
extension UInt8 {
    @inlinable package var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    @inlinable package var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    @inlinable package var isLetterOrDigit: Bool { isDigit || isLetter }

    /// Upper and lower case; `Hex.value(of:)` accepts upper case only.
    @inlinable package var isHexDigit: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }
}

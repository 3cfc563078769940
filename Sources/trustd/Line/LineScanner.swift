import TrustCore

/// Reads a line from its beginning to its end. A step that does not match moves nothing.
struct LineScanner {
    private(set) var rest: ArraySlice<UInt8>

    init(_ line: ArraySlice<UInt8>) { rest = line }

    var isAtEnd: Bool { rest.isEmpty }

    /// Steps over `text` if the rest begins with it.
    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard rest.count >= count else { return false }
        let fits = rest.withUnsafeBufferPointer { rest in
            text.withUTF8Buffer { text in (0..<count).allSatisfy { rest[$0] == text[$0] } }
        }
        if fits { rest = rest[(rest.startIndex + count)...] }
        return fits
    }

    /// Steps over the bytes that `belongs` accepts if `count` allows their number; otherwise nil, and no step.
    mutating func word(_ count: ClosedRange<Int>, where belongs: (UInt8) -> Bool) -> ArraySlice<UInt8>? {
        let limit = min(rest.endIndex, rest.startIndex + count.upperBound + 1)
        var end = rest.startIndex
        while end < limit, belongs(rest[end]) { end += 1 }
        guard count.contains(end - rest.startIndex) else { return nil }
        defer { rest = rest[end...] }
        return rest[..<end]
    }

    /// Steps over a number of exactly `count` digits.
    mutating func number(digits count: Int) -> Int? {
        guard rest.count >= count else { return nil }
        let end = rest.startIndex + count
        var number = 0
        for place in rest.startIndex..<end {
            guard rest[place].isDigit else { return nil }
            number = number * 10 + Int(rest[place] &- UInt8(ascii: "0"))
        }
        rest = rest[end...]
        return number
    }

    /// Steps over everything up to the next `byte`, and over it too; nil, and no step, when there is none.
    mutating func upTo(_ byte: UInt8) -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: byte) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }

    /// Takes all of `steps` or none.
    mutating func attempt<Result>(_ steps: (inout LineScanner) -> Result?) -> Result? {
        var copy = self
        guard let result = steps(&copy) else { return nil }
        self = copy
        return result
    }
}

extension UInt8 {
    /// Whether a host name or an address may hold this byte. A client's name with any other byte is dropped.
    var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: isLetterOrDigit
        }
    }
}

import TrustCore

/// Reads a line from its beginning to its end. A step that does not match moves nothing.
struct LineScanner {
    private let line: ArraySlice<UInt8>
    private var place: Int

    init(_ line: ArraySlice<UInt8>) {
        self.line = line
        place = line.startIndex
    }

    var rest: ArraySlice<UInt8> { line[place...] }
    var isAtEnd: Bool { place == line.endIndex }

    /// Steps over `text` if the rest begins with it.
    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard line.endIndex - place >= count else { return false }
        let offset = place - line.startIndex
        let fits = line.withUnsafeBufferPointer { line in
            text.withUTF8Buffer { text in (0..<count).allSatisfy { line[offset + $0] == text[$0] } }
        }
        if fits { place += count }
        return fits
    }

    /// Steps over the bytes that `belongs` accepts if `count` allows their number; otherwise nil, and no step.
    mutating func word(_ count: ClosedRange<Int>, where belongs: (UInt8) -> Bool) -> ArraySlice<UInt8>? {
        let limit = min(line.endIndex, place + count.upperBound + 1)
        var end = place
        while end < limit, belongs(line[end]) { end += 1 }
        guard count.contains(end - place) else { return nil }
        defer { place = end }
        return line[place..<end]
    }

    /// Steps over a number of exactly `count` digits.
    mutating func number(digits count: Int) -> Int? {
        guard line.endIndex - place >= count else { return nil }
        let end = place + count
        var number = 0
        for index in place..<end {
            guard line[index].isDigit else { return nil }
            number = number * 10 + Int(line[index] &- UInt8(ascii: "0"))
        }
        place = end
        return number
    }

    /// Steps over everything up to the next `byte`, and over it too; nil, and no step, when there is none.
    mutating func upTo(_ byte: UInt8) -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: byte) else { return nil }
        defer { place = end + 1 }
        return line[place..<end]
    }

    /// Takes all of `steps` or none.
    mutating func attempt<Result>(_ steps: (inout LineScanner) -> Result?) -> Result? {
        let before = place
        guard let result = steps(&self) else {
            place = before
            return nil
        }
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

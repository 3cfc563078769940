/// Reads a line from its beginning to its end. What does not fit stays where it is.
struct LineScanner {
    private(set) var rest: ArraySlice<UInt8>

    init(_ line: ArraySlice<UInt8>) { rest = line }

    var isAtEnd: Bool { rest.isEmpty }

    /// Steps over `text` if it stands here.
    mutating func skip(_ text: StaticString) -> Bool {
        let fits = text.withUTF8Buffer { rest.starts(with: $0) }
        if fits { rest = rest.dropFirst(text.utf8CodeUnitCount) }
        return fits
    }

    /// Steps over the bytes that `belongs` accepts if they are as many as `count` allows; nil, and no step, otherwise.
    mutating func word(_ count: ClosedRange<Int>, where belongs: (UInt8) -> Bool) -> ArraySlice<UInt8>? {
        let word = rest.prefix(count.upperBound + 1).prefix(while: belongs)
        guard count.contains(word.count) else { return nil }
        rest = rest[word.endIndex...]
        return word
    }

    /// Steps over a number of exactly `count` digits.
    mutating func number(digits count: Int) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(\.isDigit) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) }
    }

    /// Steps over everything before the next `byte`, and over it; nil, and no step, when it does not come.
    mutating func upTo(_ byte: UInt8) -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: byte) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }

    /// Does all of `steps` or nothing.
    mutating func attempt<Result>(_ steps: (inout LineScanner) -> Result?) -> Result? {
        var copy = self
        guard let result = steps(&copy) else { return nil }
        self = copy
        return result
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isLetterOrDigit: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    /// What a host name, an address or a message of ours may hold; all else a stranger's name may hold is dropped with it.
    var isNameByte: Bool { isLetterOrDigit || ".:-_".utf8.contains(self) }
}

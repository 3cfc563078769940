extension StringProtocol {
    /// Without the blanks and tabs (and CR) at both ends.
    package var trimmed: SubSequence {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        guard let first = firstIndex(where: { !blank($0) }), let last = lastIndex(where: { !blank($0) }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}

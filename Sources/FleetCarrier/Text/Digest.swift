package import TrustCore

/// A SHA-256: of a decision's text, which is the decision's name; of a key, which is the key's. Its one spelling is 64 upper-case digits.
///
/// Unlike a `Fingerprint` it may be a digest of nothing: a decision that names one is read, and counts for nothing.
package struct Digest: Hashable, Sendable {
    /// The first 16 digits.
    package let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    init(_ words: (UInt64, UInt64, UInt64, UInt64)) { (first, second, third, fourth) = words }

    /// Nil unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        (first, second, third, fourth) = (word(0), word(8), word(16), word(24))
    }

    /// Reads only the one spelling.
    package init?(hex text: some StringProtocol) {
        var (words, count): ((UInt64, UInt64, UInt64, UInt64), Int) = ((0, 0, 0, 0), 0)
        for digit in text.utf8 {
            guard count < 64, let value = Hex.value(of: digit) else { return nil }
            // One word after the other goes through the last one.
            if count % 16 == 0 { words = (words.1, words.2, words.3, 0) }
            words.3 = words.3 << 4 | UInt64(value)
            count += 1
        }
        guard count == 64 else { return nil }
        self.init(words)
    }

    package init(_ fingerprint: Fingerprint) {
        // A fingerprint's description is 64 digits, always.
        guard let digest = Digest(hex: fingerprint.description) else { preconditionFailure("a fingerprint has 64 digits") }
        self = digest
    }

    package var bytes: [UInt8] {
        [first, second, third, fourth].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    /// By the first and the last word: nobody can find texts in which both are the same.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(first)
        hasher.combine(fourth)
    }

    package static func == (left: Digest, right: Digest) -> Bool {
        left.first == right.first && left.second == right.second && left.third == right.third && left.fourth == right.fourth
    }
}

extension Digest: Comparable {
    /// The order of the digits.
    package static func < (left: Digest, right: Digest) -> Bool {
        if left.first != right.first { return left.first < right.first }
        if left.second != right.second { return left.second < right.second }
        if left.third != right.third { return left.third < right.third }
        return left.fourth < right.fourth
    }
}

extension Digest: CustomStringConvertible {
    package var description: String {
        String(unsafeUninitializedCapacity: 64) { text in
            for (number, word) in [first, second, third, fourth].enumerated() {
                for digit in 0..<16 {
                    text[16 * number + digit] = Hex.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15)
                }
            }
            return 64
        }
    }
}

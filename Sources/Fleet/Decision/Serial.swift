import TrustCore

/// The number that people call a decision by: 1 + the largest serial of its parents. Two decisions have the same one after two people
/// decided without knowing of each other.
package struct Serial: Equatable, Sendable, CustomStringConvertible {
    /// Nil when it has more than ten digits: then it is read, and the decision is void.
    package let number: Int?
    package let description: String

    package init(_ number: Int) {
        self.number = number <= Self.largest ? number : nil
        description = String(number)
    }

    /// Digits without a leading zero; nil for anything else.
    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit), text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0") else {
            return nil
        }
        number = text.utf8.count <= 10 ? Decimal.number(text.utf8) : nil
        description = text
    }

    /// One that has too many digits to be a number.
    init(long description: String) { (number, self.description) = (nil, description) }

    private static let largest = 9_999_999_999
}

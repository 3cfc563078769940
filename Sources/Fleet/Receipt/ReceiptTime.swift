package import TrustCore

/// A moment with its milliseconds, e.g. `2026-11-28T02:00:07.412Z`: by it people see how long a decision took. It decides nothing.
package struct ReceiptTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let second: Timestamp
    /// 0 to 999.
    package let milliseconds: Int

    package init(_ second: Timestamp, milliseconds: Int) {
        self.second = second
        self.milliseconds = min(max(milliseconds, 0), 999)
    }

    /// This moment, or the millisecond after `last` where the clock was set back since: whoever gets both receipts keeps the later one.
    package func later(than last: ReceiptTime?) -> ReceiptTime {
        guard let last, last >= self else { return self }
        guard last.milliseconds == 999 else { return ReceiptTime(last.second, milliseconds: last.milliseconds + 1) }
        return ReceiptTime(Timestamp(seconds: last.second.seconds + 1), milliseconds: 0)
    }

    /// Exactly the form of `description`; nil for anything else.
    init?(_ text: String) {
        let digits = text.utf8.dropFirst(20).dropLast()
        guard text.utf8.count == 24, let milliseconds = Decimal.number(digits) else { return nil }
        guard let second = Timestamp(rfc3339: String(decoding: text.utf8.prefix(19), as: UTF8.self) + "Z") else { return nil }
        self.init(second, milliseconds: milliseconds)
        guard description.utf8.elementsEqual(text.utf8) else { return nil }
    }

    package static func < (left: ReceiptTime, right: ReceiptTime) -> Bool {
        (left.second, left.milliseconds) < (right.second, right.milliseconds)
    }

    package var description: String {
        let digits = String(milliseconds)
        return "\(second.description.dropLast()).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }
}

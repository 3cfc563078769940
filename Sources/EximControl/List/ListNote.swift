import TrustCore

/// The comment that trustctl writes above a fingerprint: `alice's laptop, approved 2026-11-22 by alice`.
package struct ListNote: Equatable, CustomStringConvertible {
    package let label: String?
    package let day: String
    package let by: String

    package var description: String { (label.map { $0 + ", " } ?? "") + "approved \(day) by \(by)" }

    package init(label: String?, day: String, by: String) {
        self.label = label
        self.day = day
        self.by = by
    }

    /// Read from the right, so that a label may hold a comma.
    package init?(parsing comment: String) {
        guard let by = comment[...].range(ofLast: " by "), let approved = comment[..<by.lowerBound].range(ofLast: "approved ") else {
            return nil
        }
        let day = comment[approved.upperBound..<by.lowerBound]
        guard Timestamp(rfc3339: day + "T00:00:00Z") != nil, by.upperBound < comment.endIndex else { return nil }
        let before = comment[..<approved.lowerBound]
        guard before.isEmpty || before.hasSuffix(", ") && before.count > 2 else { return nil }
        self.init(label: before.isEmpty ? nil : String(before.dropLast(2)), day: String(day), by: String(comment[by.upperBound...]))
    }
}

extension Substring {
    /// Where `text`, which is ASCII, stands for the last time. By bytes: a list may hold a hundred thousand notes, and a search by characters
    /// looks each one up in Unicode's tables.
    fileprivate func range(ofLast text: StaticString) -> Range<Index>? {
        let bytes = utf8
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var start = bytes.endIndex
        while start > bytes.startIndex {
            start = bytes.index(before: start)
            if bytes[start] == wanted[0], bytes[start...].starts(with: wanted) { return start..<bytes.index(start, offsetBy: wanted.count) }
        }
        return nil
    }
}

/// What a change does to a file, in the form that patch(1) reads.
enum UnifiedDiff {
    private static let context = 3

    /// Edits beyond which no shortest way from one file to the other is looked for: that takes the square of their number.
    private static let maximumEdits = 2_000

    /// A line with its newline, as bytes: to Swift's strings a composed letter is the same as a decomposed one.
    private typealias Line = ArraySlice<UInt8>

    private enum Edit {
        case keep(Line)
        case remove(Line)
        case insert(Line)
    }

    /// Empty when nothing changes. A file that is missing is given as nil.
    static func between(_ before: [UInt8]?, _ after: [UInt8], path: String) -> String {
        String(decoding: bytes(between: before, after, path: path), as: UTF8.self)
    }

    /// The same, to the byte, also where a line is not UTF-8.
    static func bytes(between before: [UInt8]?, _ after: [UInt8], path: String) -> [UInt8] {
        let old = lines(before ?? [])
        let new = lines(after)
        guard old != new else { return [] }
        let edits = self.edits(old, new)
        var text = Array("--- \(before == nil ? "/dev/null" : path)\n+++ \(path)\n".utf8)
        for hunk in hunks(edits) {
            let oldStart = edits[..<hunk.lowerBound].count { if case .insert = $0 { false } else { true } }
            let newStart = edits[..<hunk.lowerBound].count { if case .remove = $0 { false } else { true } }
            let oldCount = edits[hunk].count { if case .insert = $0 { false } else { true } }
            let newCount = edits[hunk].count { if case .remove = $0 { false } else { true } }
            text += "@@ -\(place(oldStart, oldCount)) +\(place(newStart, newCount)) @@\n".utf8
            for edit in edits[hunk] {
                switch edit {
                case .keep(let line): text += " ".utf8 + line
                case .remove(let line): text += "-".utf8 + line
                case .insert(let line): text += "+".utf8 + line
                }
                if text.last != UInt8(ascii: "\n") { text += "\n\\ No newline at end of file\n".utf8 }
            }
        }
        return text
    }

    private static func place(_ start: Int, _ count: Int) -> String { "\(count == 0 ? start : start + 1),\(count)" }

    private static func lines(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            lines.append(rest[..<end])
            rest = rest[end...]
        }
        return lines
    }

    private static func edits(_ old: [Line], _ new: [Line]) -> [Edit] {
        // The common ends first: what is left for the quadratic part is the definition alone.
        var start = 0
        while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
        var end = 0
        while end < min(old.count, new.count) - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
        let oldMiddle = Array(old[start..<old.count - end])
        let newMiddle = Array(new[start..<new.count - end])
        let (removed, inserted) = changes(oldMiddle, newMiddle)
        var edits = old[..<start].map(Edit.keep)
        var i = 0
        var j = 0
        while i < oldMiddle.count || j < newMiddle.count {
            if i < oldMiddle.count, removed.contains(i) {
                edits.append(.remove(oldMiddle[i]))
                i += 1
            } else if j < newMiddle.count, inserted.contains(j) {
                edits.append(.insert(newMiddle[j]))
                j += 1
            } else {
                edits.append(.keep(newMiddle[j]))
                i += 1
                j += 1
            }
        }
        return edits + old[(old.count - end)...].map(Edit.keep)
    }

    /// The places of the lines that go, and of those that come.
    private static func changes(_ old: [Line], _ new: [Line]) -> (removed: Set<Int>, inserted: Set<Int>) {
        var left: [Line: Int] = [:]
        for line in old { left[line, default: 0] += 1 }
        var common = 0
        for line in new {
            guard let count = left[line], count > 0 else { continue }
            left[line] = count - 1
            common += 1
        }
        guard old.count + new.count - 2 * common <= maximumEdits else { return (Set(old.indices), Set(new.indices)) }
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        return (removed, inserted)
    }

    /// Ranges of edits with their context, merged where they touch.
    private static func hunks(_ edits: [Edit]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (index, edit) in edits.enumerated() {
            if case .keep = edit { continue }
            let range = max(0, index - context)..<min(edits.count, index + context + 1)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }
}

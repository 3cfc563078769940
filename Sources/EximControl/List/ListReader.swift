import SystemPackage
import TrustCore

/// Reads the value of the definition as Exim does: the physical lines joined, items between single colons.
///
/// The trap: a missing or a doubled colon at the end of a line makes one item of two hashes. Exim trusts neither of them. A reader that goes
/// line by line would grant both with the next change.
struct ListReader {
    private let file: FilePath
    private var items: [TrustList.Item] = []
    /// Comments before the next item.
    private var comments: [String] = []
    private var item: [UInt8] = []
    private var itemComments: [String] = []
    /// The line of the item's first character, and of its last.
    private var start: Int?
    private var end = 0
    private var followsColon = false

    private init(_ file: FilePath) { self.file = file }

    /// The list in the definition's `lines`, whose value begins at the byte `start`, and the comments after the last item.
    static func read(
        _ lines: [LogicalLines.Line], from start: Int, file: FilePath
    ) throws(TrustListError) -> (TrustList, trailing: [String]) {
        var reader = ListReader(file)
        for (index, line) in lines.enumerated() {
            if line.isComment {
                reader.comments.append(String(String(decoding: line.content.dropFirst(), as: UTF8.self).trimmed))
                continue
            }
            // Blanks before the backslash are part of the value.
            let content = line.continues ? line.content.dropLast() : line.content
            for byte in index == 0 ? content.suffix(from: min(start, content.endIndex)) : content { try reader.take(byte, line.number) }
        }
        try reader.finish()
        return (TrustList(items: reader.items), reader.comments)
    }

    private mutating func take(_ byte: UInt8, _ line: Int) throws(TrustListError) {
        guard byte == UInt8(ascii: ":") else {
            followsColon = false
            if start == nil, byte.isBlank { return }
            item.append(byte)
            if !byte.isBlank {
                if start == nil {
                    start = line
                    itemComments = comments
                    comments = []
                }
                end = line
            }
            return
        }
        // In an Exim list a doubled separator is a literal colon: one item that matches nothing, although people see two.
        guard !followsColon else { throw refuse(line, "“::” is a literal colon in an Exim list, not a separator") }
        followsColon = true
        try finish()
    }

    private mutating func finish() throws(TrustListError) {
        guard let start else { return }
        let text = item.withoutBlanks
        do throws(FingerprintError) {
            guard start == end else { throw .malformed(Printable("")) }
            items.append(TrustList.Item(fingerprint: try Fingerprint(exactly: text), comments: itemComments))
        } catch .noCertificate {
            throw .poison(file: file, line: start)
        } catch {
            throw refuse(start, why(String(decoding: text, as: UTF8.self)))
        }
        item = []
        self.start = nil
    }

    private func refuse(_ line: Int, _ reason: String) -> TrustListError { .notUnderstood(file: file, line: line, reason: reason) }

    private func why(_ text: String) -> String {
        if start != end { return "a colon is missing between this line and line \(end): Exim sees one item" }
        if (try? Fingerprint(text)) != nil {
            return "“\(Printable(text, limit: 80))” never matches: Exim compares upper-case digits without colons"
        }
        return "“\(Printable(text, limit: 80))” is not a fingerprint, and \(ListForm.macroName) must be a plain list of them"
    }
}

/// How much a unified diff changes.
struct DiffSummary {
    private(set) var added = 0
    private(set) var removed = 0
    /// Of the whole text.
    private let lines: Int

    /// A terminal of 24 lines shows no more above a question.
    static let mostLines = 20

    init(_ diff: [UInt8]) {
        let lines = diff.split(separator: UInt8(ascii: "\n"))
        self.lines = lines.count
        for line in lines where !line.starts(with: Array("+++ ".utf8)) && !line.starts(with: Array("--- ".utf8)) {
            if line.first == UInt8(ascii: "+") { added += 1 }
            if line.first == UInt8(ascii: "-") { removed += 1 }
        }
    }

    var isLong: Bool { lines > Self.mostLines }

    /// For a diff of which a terminal shows only the end.
    var line: String? { isLong ? "the diff that follows adds \(added) lines and removes \(removed)" : nil }
}

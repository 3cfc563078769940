/// Joins the pieces of entries that were too long for syslog: Exim cuts their text every 870 bytes (src/log.c, MAX_SYSLOG_LEN).
///
/// A piece alone is never read as a line. The attack: a client pads a text so that the second piece begins with our phrase. Behind syslog's
/// prefix it would look as if Exim had begun a message with it.
struct Pieces {
    /// Entries that may be incomplete at a time. Only an attacker or a broken log brings more.
    private static let maximumEntries = 64
    /// Exim's LOG_BUFFER_SIZE, which no entry exceeds, and some room for the syslog prefix.
    private static let maximumLength = 8_192 + 512
    /// Lines after which an incomplete entry is dropped.
    private static let patience = 1_000

    private struct Entry {
        let source: ArraySlice<UInt8>
        let hasPid: Bool
        let total: Int
        var next: Int
        var text: [UInt8]
        /// The sequence number at which its first piece begins.
        let begin: UInt64
        var line: Int
    }

    private var entries: [Entry] = []
    private var lines = 0

    /// What a line is to its entry.
    enum Joined {
        /// Not a piece; the line is read as it is.
        case noPiece
        case waiting
        /// The entry is complete: the prefix of the first piece, then the texts of all.
        case whole([UInt8])
        /// A piece whose earlier pieces are missing.
        case stray
    }

    var isWaiting: Bool { !entries.isEmpty }
    /// The beginning of the oldest incomplete entry. A saved position must not lie behind it.
    var begin: UInt64? { entries.map(\.begin).min() }

    /// Counts a line that is not read.
    mutating func skip() { lines += 1 }

    mutating func take(_ line: ArraySlice<UInt8>, prefix: LinePrefix, begin: UInt64) -> Joined {
        lines += 1
        entries.removeAll { lines - $0.line > ($0.hasPid ? Self.patience : 1) }
        guard !prefix.source.isEmpty else { return .noPiece }
        let index = entries.firstIndex { $0.source == prefix.source }
        guard let piece = prefix.piece else {
            if let index { entries.remove(at: index) }
            return .noPiece
        }
        // Neither form of our line holds a line end.
        let isUsable = !piece.endsLine && (2...16).contains(piece.total) && (1...piece.total).contains(piece.index)
        if piece.index == 1 {
            if let index { entries.remove(at: index) }
            guard isUsable else { return .stray }
            if entries.count == Self.maximumEntries { entries.removeFirst() }
            entries.append(
                Entry(
                    source: ArraySlice(Array(prefix.source)), hasPid: prefix.process != nil, total: piece.total, next: 2,
                    text: Array(line[..<prefix.mark.lowerBound] + line[prefix.mark.upperBound...]), begin: begin, line: lines))
            return .waiting
        }
        guard let index else { return .stray }
        let text = line[prefix.mark.upperBound...]
        guard isUsable, piece.index == entries[index].next, piece.total == entries[index].total,
            entries[index].text.count + text.count <= Self.maximumLength
        else {
            entries.remove(at: index)
            return .stray
        }
        entries[index].text += text
        entries[index].next += 1
        entries[index].line = lines
        return piece.index == piece.total ? .whole(entries.remove(at: index).text) : .waiting
    }
}

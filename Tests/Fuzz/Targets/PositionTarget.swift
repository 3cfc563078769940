import TrustCore

/// The saved position, which root's doctor reads: written by trustd, or by an attacker who has taken trustd over.
enum PositionTarget {
    static func take(_ bytes: [UInt8]) {
        guard let position = SavedPosition(decoding: bytes) else { return }
        demand(bytes.count <= SavedPosition.maximumSize, "a position keeps the limits")
        for log in position.logs.values {
            demand(log.offset >= 0 && log.sequence >= UInt64(log.offset), "a sequence number counts all bytes before it")
            demand(log.finished.count <= SavedPosition.maximumFinished, "a position keeps the limits")
            for marks in [log.marks] + log.finished.map(\.marks) {
                demand(marks.head.count <= FileMarks.headLength && marks.tail.count <= FileMarks.tailLength, "marks keep the limits")
            }
            demand(log.finished.allSatisfy { $0.examined >= $0.offset && $0.offset >= 0 }, "a file is examined as far as it was read")
        }
        guard position.isAsWritten else { return }
        let written = position.encoded()
        guard written.count <= SavedPosition.maximumSize else { return }
        let again = SavedPosition(decoding: written)
        demand(again == position, "a written position is read back unchanged")
        demand(again?.encoded() == written, "a position that was read is written unchanged")
    }
}

extension SavedPosition {
    /// Whether trustd could have written it: names without control characters, which a record would escape.
    fileprivate var isAsWritten: Bool {
        let names = Array(logs.keys) + Array(refused.keys) + logs.values.map(\.horizon)
        return names.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
    }
}

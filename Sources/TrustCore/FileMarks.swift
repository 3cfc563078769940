/// Bytes by which a log file is recognized whatever its name: its first KiB, read or not, and the bytes before the reading position.
package struct FileMarks: Equatable, Sendable {
    package var head: [UInt8] = []
    package var tail: [UInt8] = []

    /// How long the two are at most.
    package static let headLength = 1_024
    package static let tailLength = 256

    package init() {}

    package init(head: [UInt8], tail: [UInt8]) {
        self.head = head
        self.tail = tail
    }
}

extension FileMarks {
    /// Nil when they cannot be those of a file that was read up to `offset`.
    init?(head: [UInt8], tail: [UInt8], at offset: Int64) {
        guard offset >= 0, (Int(min(offset, Int64(Self.headLength)))...Self.headLength).contains(head.count),
            tail.count == Int(min(offset, Int64(Self.tailLength)))
        else { return nil }
        self.init(head: head, tail: tail)
    }
}

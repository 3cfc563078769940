/// Where the reading of each log stopped: the text of `position/position`, which trustd keeps across restarts.
///
/// trustctl's doctor reads it as hostile input: it belongs to another user.
package struct SavedPosition: Equatable, Sendable {
    /// By the configured path of the log.
    package var logs: [String: Log] = [:]
    /// How many sightings were refused, by the word of the reason.
    package var refused: [String: UInt64] = [:]
    /// Seconds that the machine had been up when this was saved.
    package var uptime: Int64 = 0

    package struct Log: Equatable, Sendable {
        package var inode: UInt64
        package var offset: Int64
        package var sequence: UInt64
        package var marks: FileMarks
        /// Files that were left behind, the latest last: somebody may write into one of them again.
        package var finished: [FinishedFile] = []
        /// A dated file that was not there when the oldest of `finished` was, and has a later name than this, is a new one; empty: every
        /// one is.
        package var horizon = ""
        package var counts = LogCounts()

        package init(inode: UInt64, offset: Int64, sequence: UInt64, marks: FileMarks) {
            self.inode = inode
            self.offset = offset
            self.sequence = sequence
            self.marks = marks
        }
    }

    /// A file that was read to its end, and where that was.
    package struct FinishedFile: Equatable, Sendable {
        package var inode: UInt64
        package var offset: Int64
        /// No line ended between `offset` and this.
        package var examined: Int64
        package var marks: FileMarks

        package init(inode: UInt64, offset: Int64, examined: Int64, marks: FileMarks) {
            self.inode = inode
            self.offset = offset
            self.examined = examined
            self.marks = marks
        }
    }

    private static let format = RecordFormat("trustd-position 1")
    /// A larger file is not one: a log takes 3 KiB.
    package static let maximumSize = 1 << 20
    /// Logs that were configured once are remembered up to that many.
    package static let maximumLogs = 64
    /// Finished files of one log.
    package static let maximumFinished = 4

    package init() {}
}

extension SavedPosition {
    /// The file's text.
    package func encoded() -> [UInt8] {
        var record = RecordWriter(Self.format)
        record.add("Uptime", uptime)
        for (reason, count) in refused.sorted(by: { $0.key < $1.key }) { record.add("Refused", "\(count) \(reason)") }
        for (name, log) in logs.sorted(by: { $0.key < $1.key }) {
            record.add("Log", name)
            record.add("Inode", log.inode)
            record.add("Offset", log.offset)
            record.add("Sequence", log.sequence)
            record.add("Head", Hex.text(log.marks.head))
            record.add("Tail", Hex.text(log.marks.tail))
            record.add("Counts", log.counts.encoded)
            record.add("Horizon", log.horizon)
            for file in log.finished { record.add("Finished", file.encoded) }
        }
        return record.encoded()
    }

    /// Nil for everything that `encoded` did not write to its last byte.
    package init?(decoding bytes: [UInt8]) {
        guard bytes.count <= Self.maximumSize, var record = try? RecordReader(bytes, as: Self.format),
            let uptime = record.value(of: "Uptime").flatMap({ Int64($0) })
        else { return nil }
        self.uptime = uptime
        while let parts = record.value(of: "Refused")?.split(separator: " ", maxSplits: 1) {
            guard parts.count == 2, let count = UInt64(parts[0]), refused[String(parts[1])] == nil else { return nil }
            refused[String(parts[1])] = count
        }
        while !record.isAtEnd {
            guard let name = record.value(of: "Log"), let log = Log(decoding: &record) else { return nil }
            logs[String(name)] = log
        }
    }
}

extension SavedPosition.Log {
    /// Reads the lines behind `Log`.
    fileprivate init?(decoding record: inout RecordReader) {
        guard let inode = record.value(of: "Inode").flatMap({ UInt64($0) }), let offset = record.value(of: "Offset").flatMap({ Int64($0) }),
            let sequence = record.value(of: "Sequence").flatMap({ UInt64($0) }), sequence >= UInt64(max(0, offset)), sequence < 1 << 62,
            let head = record.value(of: "Head").flatMap({ Hex.bytes($0) }), let tail = record.value(of: "Tail").flatMap({ Hex.bytes($0) }),
            let marks = FileMarks(head: head, tail: tail, at: offset),
            let counts = record.value(of: "Counts").flatMap({ LogCounts(decoding: $0) }), let horizon = record.value(of: "Horizon")
        else { return nil }
        self.init(inode: inode, offset: offset, sequence: sequence, marks: marks)
        (self.counts, self.horizon) = (counts, String(horizon))
        while let text = record.value(of: "Finished") {
            guard let file = SavedPosition.FinishedFile(decoding: text), finished.count < SavedPosition.maximumFinished else { return nil }
            finished.append(file)
        }
    }
}

extension SavedPosition.FinishedFile {
    fileprivate var encoded: String { "\(inode) \(offset) \(examined) \(Hex.text(marks.head)) \(Hex.text(marks.tail))" }

    fileprivate init?(decoding text: Substring) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 5, let inode = UInt64(parts[0]), let offset = Int64(parts[1]), let examined = Int64(parts[2]),
            examined >= offset, let head = Hex.bytes(parts[3]), let tail = Hex.bytes(parts[4]),
            let marks = FileMarks(head: head, tail: tail, at: offset)
        else { return nil }
        self.init(inode: inode, offset: offset, examined: examined, marks: marks)
    }
}

extension LogCounts {
    fileprivate var encoded: String { "\(lines) \(sightings) \(rotations) \(truncations) \(gaps) \(lost)" }

    fileprivate init?(decoding text: Substring) {
        let all = text.split(separator: " ", omittingEmptySubsequences: false).compactMap { UInt64($0) }
        guard all.count == 6 else { return nil }
        (lines, sightings, rotations, truncations, gaps, lost) = (all[0], all[1], all[2], all[3], all[4], all[5])
    }
}

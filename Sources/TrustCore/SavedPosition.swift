import TrustCore

/// Where the reading of each log stopped, as it is kept over restarts: the text of `position/position`.
struct SavedPosition: Equatable {
    /// By the configured path of the log.
    var logs: [String: Log] = [:]

    struct Log: Equatable {
        var inode: UInt64
        var offset: Int64
        var sequence: UInt64
        var marks: FileMarks
        /// Files that were left behind, the latest last: somebody may go on in one of them.
        var finished: [FinishedFile] = []
        /// A dated file that was not there when the oldest of those was, and bears a later name than this, is a new one; empty: every one is.
        var horizon = ""
        var counts = LogCounts()
    }

    /// A file that was read to its end, and where that was.
    struct FinishedFile: Equatable {
        var inode: UInt64
        var offset: Int64
        /// Up to here no line ended behind `offset`.
        var examined: Int64
        var marks: FileMarks
    }

    /// What was refused, by the reason's word.
    var refused: [String: UInt64] = [:]
    /// Seconds that the machine had been up when this was saved.
    var uptime: Int64 = 0

    private static let heading = "trustd-position 1"
    private static let ending = "End"
    /// Larger files are none: what is kept of a log takes 3 KiB.
    static let maximumSize = 1 << 20
    /// Those that were configured once are remembered up to that many.
    static let maximumLogs = 64

    func encoded() -> [UInt8] {
        var lines = [Self.heading, "Uptime: \(uptime)"]
        for (reason, count) in refused.sorted(by: { $0.key < $1.key }) { lines.append("Refused: \(count) \(reason)") }
        for (name, log) in logs.sorted(by: { $0.key < $1.key }) {
            lines += [
                "Log: \(name)", "Inode: \(log.inode)", "Offset: \(log.offset)", "Sequence: \(log.sequence)",
                "Head: \(Hex.text(log.marks.head))", "Tail: \(Hex.text(log.marks.tail))",
            ]
            lines.append("Counts: \(log.counts.all.map { "\($0)" }.joined(separator: " "))")
            lines.append("Horizon: \(log.horizon)")
            for file in log.finished {
                let marks = "\(Hex.text(file.marks.head)) \(Hex.text(file.marks.tail))"
                lines.append("Finished: \(file.inode) \(file.offset) \(file.examined) \(marks)")
            }
        }
        return Array((lines + [Self.ending, ""]).joined(separator: "\n").utf8)
    }

    init() {}

    /// Nil for everything that `encoded` did not write to its last byte.
    init?(decoding bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst().map(String.init) == Self.heading, lines.popLast() == "", lines.popLast().map(String.init) == Self.ending
        else { return nil }
        func value(_ name: String) -> Substring? {
            guard let line = lines.popFirst(), line.hasPrefix(name + ": ") else { return nil }
            return line.dropFirst(name.count + 2)
        }
        guard let uptime = value("Uptime").flatMap({ Int64($0) }) else { return nil }
        self.uptime = uptime
        while lines.first?.hasPrefix("Refused: ") == true, let parts = value("Refused")?.split(separator: " ", maxSplits: 1) {
            guard parts.count == 2, let count = UInt64(parts[0]), refused[String(parts[1])] == nil else { return nil }
            refused[String(parts[1])] = count
        }
        while !lines.isEmpty {
            guard let name = value("Log"), let inode = value("Inode").flatMap({ UInt64($0) }),
                let offset = value("Offset").flatMap({ Int64($0) }), let sequence = value("Sequence").flatMap({ UInt64($0) }),
                let head = value("Head").flatMap(Hex.bytes), let tail = value("Tail").flatMap(Hex.bytes),
                sequence >= UInt64(max(0, offset)), sequence < 1 << 62, let marks = FileMarks(head: head, tail: tail, at: offset),
                let counts = value("Counts").flatMap(LogCounts.init), let horizon = value("Horizon")
            else { return nil }
            var log = Log(inode: inode, offset: offset, sequence: sequence, marks: marks, horizon: String(horizon), counts: counts)
            while lines.first?.hasPrefix("Finished: ") == true, let file = value("Finished") {
                guard let file = FinishedFile(decoding: file), log.finished.count < LeftFile.maximum else { return nil }
                log.finished.append(file)
            }
            logs[String(name)] = log
        }
    }
}

extension SavedPosition.FinishedFile {
    fileprivate init?(decoding text: Substring) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 5, let inode = UInt64(parts[0]), let offset = Int64(parts[1]), let examined = Int64(parts[2]),
            examined >= offset, let head = Hex.bytes(parts[3]), let tail = Hex.bytes(parts[4]),
            let marks = FileMarks(head: head, tail: tail, at: offset)
        else { return nil }
        self.init(inode: inode, offset: offset, examined: examined, marks: marks)
    }
}

extension FileMarks {
    /// Nil when they cannot be those of a file that was read up to `offset`.
    fileprivate init?(head: [UInt8], tail: [UInt8], at offset: Int64) {
        guard offset >= 0, (Int(min(offset, Int64(LogFile.headLength)))...LogFile.headLength).contains(head.count),
            tail.count == Int(min(offset, Int64(LogFile.tailLength)))
        else { return nil }
        self.init(head: head, tail: tail)
    }
}

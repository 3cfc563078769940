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
    }

    private static let heading = "trustd-position 1"
    private static let ending = "End"
    /// Larger files are none: what is kept of a log takes 3 KiB.
    static let maximumSize = 1 << 20
    /// Those that were configured once are remembered up to that many.
    static let maximumLogs = 64

    func encoded() -> [UInt8] {
        var lines = [Self.heading]
        for (name, log) in logs.sorted(by: { $0.key < $1.key }) {
            lines += [
                "Log: \(name)", "Inode: \(log.inode)", "Offset: \(log.offset)", "Sequence: \(log.sequence)",
                "Head: \(Hex.text(log.marks.head))", "Tail: \(Hex.text(log.marks.tail))",
            ]
        }
        return Array((lines + [Self.ending, ""]).joined(separator: "\n").utf8)
    }

    init() {}

    /// Nil for everything that `encoded` did not write to its last byte.
    init?(decoding bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst().map(String.init) == Self.heading, lines.popLast() == "", lines.popLast().map(String.init) == Self.ending,
            lines.count % 6 == 0
        else { return nil }
        func value(_ name: String) -> Substring? {
            guard let line = lines.popFirst(), line.hasPrefix(name + ": ") else { return nil }
            return line.dropFirst(name.count + 2)
        }
        while !lines.isEmpty {
            guard let name = value("Log"), let inode = value("Inode").flatMap({ UInt64($0) }),
                let offset = value("Offset").flatMap({ Int64($0) }), let sequence = value("Sequence").flatMap({ UInt64($0) }),
                let head = value("Head").flatMap(Hex.bytes), let tail = value("Tail").flatMap(Hex.bytes),
                offset >= 0, sequence >= UInt64(offset), sequence < 1 << 62,
                (Int(min(offset, Int64(LogFile.headLength)))...LogFile.headLength).contains(head.count),
                tail.count == Int(min(offset, Int64(LogFile.tailLength)))
            else { return nil }
            logs[String(name)] = Log(inode: inode, offset: offset, sequence: sequence, marks: FileMarks(head: head, tail: tail))
        }
    }
}

/// Bytes as text.
enum Hex {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
            default: nil
            }
        }
        let values = digits.compactMap { $0 }
        guard values.count == digits.count, values.count % 2 == 0 else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}

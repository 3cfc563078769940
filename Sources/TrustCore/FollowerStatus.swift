/// What trustd reports in `position/status`: how far it has read, what it has counted, and what went wrong.
///
/// For people and for monitoring only. trustctl reads it as hostile input: it belongs to another user.
package struct FollowerStatus: Equatable, Sendable {
    /// trustd's process.
    package var process: Int
    /// When this process began. The counts are older: they begin when the state was made.
    package var since: Timestamp
    package var updated: Timestamp
    /// How many entries are pending.
    package var pending: UInt64
    /// How many sightings were not queued, by the word of the reason.
    package var refused: [String: UInt64] = [:]
    /// What failed last, and when.
    package var lastError: Mishap?
    package var logs: [Log] = []

    package struct Mishap: Equatable, Sendable {
        package let time: Timestamp
        package let text: String

        package init(time: Timestamp, text: String) {
            self.time = time
            self.text = text
        }
    }

    package struct Log: Equatable, Sendable {
        /// As configured.
        package var name: String
        /// The file that is read now; nil when there is none.
        package var file: String?
        package var inode: UInt64 = 0
        /// How far it was read.
        package var offset: UInt64 = 0
        /// Bytes behind `offset`.
        package var unread: UInt64 = 0
        /// The last moment at which nothing was unread.
        package var caughtUp: Timestamp?
        /// Why nothing is read; nil when nothing is wrong.
        package var trouble: String?
        package var counts = LogCounts()

        /// The `trouble` of a log that trustd does not find.
        package static let missing = "it is not there"
        /// Begins the `trouble` of a log in which no sighting would be recognized.
        package static let strange = "no line of this file begins like a log of Exim's"
        /// The `trouble` of a log that is mounted by itself, when the file was rotated away below the mount.
        package static let stale = "it is mounted as a single file, which was rotated away: what is written since then is not seen"
        /// Ends the `trouble` of a log that is a folder, a FIFO or a device.
        package static let notAFile = "is not a file"

        package init(name: String) { self.name = name }
    }

    package static let maximumSize = 65_536
    private static let format = RecordFormat("trustd-status 1")

    package init(process: Int, since: Timestamp, updated: Timestamp, pending: UInt64) {
        self.process = process
        self.since = since
        self.updated = updated
        self.pending = pending
    }

    /// Without its times: equal for two reports that say the same.
    package var timeless: FollowerStatus {
        var status = self
        status.updated = Timestamp(seconds: 0)
        for index in status.logs.indices { status.logs[index].caughtUp = nil }
        return status
    }
}

extension FollowerStatus {
    /// The file's text.
    package func encoded() -> [UInt8] {
        var record = RecordWriter(Self.format)
        record.add("Process", process)
        record.add("Since", since)
        record.add("Updated", updated)
        record.add("Pending", pending)
        for (reason, count) in refused.sorted(by: { $0.key < $1.key }) { record.add("Refused", "\(count) \(reason)") }
        if let lastError { record.add("Last-Error", "\(lastError.time) \(Printable(lastError.text, limit: 400))") }
        for log in logs { log.add(to: &record) }
        return record.encoded()
    }

    /// Nil for a text that trustd does not write.
    package init?(decoding bytes: [UInt8]) {
        guard bytes.count <= Self.maximumSize, var record = try? RecordReader(bytes, as: Self.format) else { return nil }
        self.init(process: 0, since: Timestamp(seconds: 0), updated: Timestamp(seconds: 0), pending: 0)
        while !record.isAtEnd {
            guard let field = try? record.next(), take(field.name, field.value) else { return nil }
        }
    }

    private mutating func take(_ name: String, _ value: Substring) -> Bool {
        func number() -> UInt64? { Decimal.number(value.utf8).map(UInt64.init) }
        func set<Value>(_ path: WritableKeyPath<Self, Value>, _ new: Value?) -> Bool {
            guard let new else { return false }
            self[keyPath: path] = new
            return true
        }
        func setLog<Value>(_ path: WritableKeyPath<Log, Value>, _ new: Value?) -> Bool {
            guard let new, !logs.isEmpty else { return false }
            logs[logs.count - 1][keyPath: path] = new
            return true
        }
        let words = value.split(separator: " ", maxSplits: 1)
        switch name {
        case "Process": return set(\.process, number().map { Int($0) })
        case "Since": return set(\.since, Timestamp(rfc3339: value))
        case "Updated": return set(\.updated, Timestamp(rfc3339: value))
        case "Pending": return set(\.pending, number())
        case "Refused":
            guard words.count == 2, let count = Decimal.number(words[0].utf8) else { return false }
            return set(\.refused[String(words[1])], .some(.some(UInt64(count))))
        case "Last-Error":
            guard words.count == 2, let time = Timestamp(rfc3339: words[0]) else { return false }
            return set(\.lastError, .some(Mishap(time: time, text: String(words[1]))))
        case "Log":
            logs.append(Log(name: String(value)))
            return true
        case "File": return setLog(\.file, .some(String(value)))
        case "Inode": return setLog(\.inode, number())
        case "Offset": return setLog(\.offset, number())
        case "Unread": return setLog(\.unread, number())
        case "Caught-Up": return Timestamp(rfc3339: value).map { setLog(\.caughtUp, .some($0)) } ?? false
        case "Trouble": return setLog(\.trouble, .some(String(value)))
        case "Lines": return setLog(\.counts.lines, number())
        case "Sightings": return setLog(\.counts.sightings, number())
        case "Rotations": return setLog(\.counts.rotations, number())
        case "Truncations": return setLog(\.counts.truncations, number())
        case "Gaps": return setLog(\.counts.gaps, number())
        case "Lost": return setLog(\.counts.lost, number())
        default: return false
        }
    }
}

extension FollowerStatus.Log {
    fileprivate func add(to record: inout RecordWriter) {
        record.add("Log", Printable(name, limit: 4_096))
        if let file {
            record.add("File", Printable(file, limit: 4_096))
            record.add("Inode", inode)
            record.add("Offset", offset)
            record.add("Unread", unread)
        }
        if let caughtUp { record.add("Caught-Up", caughtUp) }
        if let trouble { record.add("Trouble", Printable(trouble, limit: 400)) }
        record.add("Lines", counts.lines)
        record.add("Sightings", counts.sightings)
        record.add("Rotations", counts.rotations)
        record.add("Truncations", counts.truncations)
        record.add("Gaps", counts.gaps)
        record.add("Lost", counts.lost)
    }
}

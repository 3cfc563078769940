import SystemPackage
import TrustCore

/// Where reading begins after a start: where it stopped before, or else at the beginning of the current file.
struct StartingPoint {
    /// Where reading stopped; nil at the very first start.
    let saved: SavedPosition.Log?
    /// What happened to the machine since that was saved.
    let circumstances: Circumstances?
    /// The highest sequence number that any entry has counted for this log.
    let floor: UInt64

    /// After a loss of power, lines before the end that is left are read again, so that lines written since are among them: this many bytes.
    private static let readAgain: Int64 = 65_536

    /// Throws when there is no file to begin with, and when one that may be the right one cannot be read.
    func open(_ search: inout LogSearch, _ report: inout LogReport) throws(SystemError) -> OpenLog {
        if let saved, !saved.isBeforeFirst {
            if let file = try search.file(with: saved.marks, at: saved.offset, inode: saved.inode, &report) {
                let position = LogPosition(file: file.identity, offset: saved.offset, sequence: saved.sequence)
                return OpenLog(file, at: position, marks: saved.marks)
            }
            if circumstances?.hasRebooted == true, let open = try openShortened(saved, search.names) {
                report.gap("\(open.file.path) has lost its end: reading goes on near it; lines written since may be lost")
                return open
            }
        }
        guard let current = search.names.current() else { throw search.names.whyMissing() }
        if let saved, let open = try Self.openFinished(saved, current) {
            report.gap(Self.lost(saved, of: search.names), hint: Self.hint(search.names))
            return open
        }
        // What was written since the position was saved is in this file and in those behind it.
        var oldest: LogFile?
        if saved != nil, let time = circumstances?.time { oldest = search.oldest(writtenSince: time, but: current, &report) }
        let file = if let oldest { oldest } else { try LogFile(current.path) }
        let position = LogPosition(file: file.identity, offset: 0, sequence: max(saved?.sequence ?? 0, floor))
        let open = try OpenLog(beginning: file, at: position)
        if let saved, !saved.isBeforeFirst { report.gap(Self.lost(saved, of: search.names), hint: Self.hint(search.names)) }
        return open
    }

    private static func lost(_ saved: SavedPosition.Log, of names: LogNames) -> String {
        "the file in which the reading of \(names.pattern) stopped at byte \(saved.offset) is gone: lines may be lost"
    }

    private static func hint(_ names: LogNames) -> String? {
        let compressed = names.unreadable().count
        if compressed > 0 { return "\(compressed) files beside it are not compressed with gzip and are not read" }
        return names.rotated == nil ? elsewhere : nil
    }

    static let elsewhere = "if it is rotated into another folder (logrotate's olddir), name that: “rotated = FOLDER” in trustd.conf"

    /// To be saved before the log is found for the first time: what is written from then on is read by the next start, too.
    var beforeFirst: SavedPosition.Log { SavedPosition.Log(inode: 0, offset: 0, sequence: floor, marks: FileMarks()) }

    /// The current file, if reading had been in it before it went on in one that is gone now.
    private static func openFinished(_ saved: SavedPosition.Log, _ current: LogNames.File) throws(SystemError) -> OpenLog? {
        guard let known = saved.finished.last(where: { $0.inode == current.identity.inode }), current.reaches(known.offset) else {
            return nil
        }
        let file = try LogFile(current)
        guard try file.holds(known.marks, at: known.offset) else { return nil }
        return OpenLog(file, at: LogPosition(file: file.identity, offset: known.offset, sequence: saved.sequence), marks: known.marks)
    }

    /// The file in which reading stopped, when it has lost its end: after a loss of power the disk holds less of the log than was read, or
    /// nothing but NULs there, because Exim never waits for the disk. The last part is read again under the same numbers, so nothing is
    /// counted twice.
    private func openShortened(_ saved: SavedPosition.Log, _ names: LogNames) throws(SystemError) -> OpenLog? {
        guard let other = names.files().first(where: { $0.identity.inode == saved.inode && !$0.isCompressed }) else { return nil }
        let file = try LogFile(other)
        guard let start = try Self.start(in: file, saved) else { return nil }
        let position = LogPosition(file: file.identity, offset: start, sequence: saved.sequence &- UInt64(saved.offset - start))
        return OpenLog(file, at: position, marks: try file.marks(at: start))
    }

    /// The beginning of a line near the end of what is left; nil when it is not the file that was read.
    private static func start(in file: LogFile, _ saved: SavedPosition.Log) throws(SystemError) -> Int64? {
        let head = saved.marks.head
        guard head.count >= FileMarks.tellingHead, try file.bytes(at: 0, count: head.count) == head else { return nil }
        let start = max(0, min(try file.size(), saved.offset) - readAgain)
        guard start > 0 else { return 0 }
        return try file.bytes(at: start, count: Int(readAgain)).firstIndex(of: 0x0A).map { start + Int64($0) + 1 }
    }
}

/// What happened to the machine since a position was saved.
package struct Circumstances {
    /// When it was saved, in nanoseconds since 1970, by the file's own time.
    let time: Int64
    /// The machine was down meanwhile, and its disks may hold less than they did.
    let hasRebooted: Bool

    package init(time: Int64, hasRebooted: Bool) {
        self.time = time
        self.hasRebooted = hasRebooted
    }
}

extension SavedPosition.Log {
    /// Whether it was saved before the log was found for the first time.
    fileprivate var isBeforeFirst: Bool { inode == 0 && offset == 0 && marks.head.isEmpty }
}

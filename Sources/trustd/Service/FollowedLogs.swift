import CLinux
import Glibc
import LogFollower
import LogLine
import SystemPackage
import TrustCore

/// All configured logs: read in turns, and watched while there is nothing to read.
struct FollowedLogs: ~Copyable {
    private var logs: [FollowedLog]
    private var watch: LogWatch
    private let buffer = ChunkBuffer()
    /// Chunks that were read since the last sleep.
    private var chunks = 0
    /// From so many on it was not the end of a log that grows, but a log that had to be caught up with.
    private static let many = 8
    private var hasSlept = false
    /// Whether memory was used and is free now that can be given back.
    private var hasFreed = false

    init(_ followers: [Follower]) {
        logs = followers.map { FollowedLog($0) }
        watch = LogWatch(followers.map(\.names))
    }

    var count: Int { logs.count }

    /// Watches what the logs are now.
    mutating func refresh(now: Duration) { watch.refresh(logs.map(\.follower.file), now: now) }

    /// One look at a log, and at most one chunk of it; what its lines say is added to `found`.
    mutating func turn(_ index: Int, now: Duration, found: inout [LineReader.Found]) -> FollowedLog.Step {
        let step = logs[index].turn(into: buffer.bytes, now: now, found: &found)
        if step == .more { chunks += 1 }
        return step
    }

    /// Sleeps until a log changes, at most for that time. What the start and a catch-up have taken of memory is given back before that.
    mutating func sleep(_ time: Duration) {
        let hasCaughtUp = chunks >= Self.many || !hasSlept
        if hasCaughtUp { for index in logs.indices { logs[index].forgetRepeats() } }
        if chunks > 0 || hasFreed || !hasSlept { buffer.release() }
        if hasCaughtUp { clinux_release_code() }
        (chunks, hasFreed, hasSlept) = (0, false, true)
        watch.wait(time)
    }

    /// What was found is written, and its memory is free.
    mutating func wasWritten() { hasFreed = true }

    /// Whether the next lines of a log may complete what its last ones said.
    var isAwaitingNeighbour: Bool { logs.contains { $0.isAwaitingNeighbour } }

    /// Puts the position of each log into what is to be saved.
    func save(into position: inout SavedPosition) {
        for log in logs { position.logs[log.follower.names.pattern.string] = log.snapshot() }
    }

    mutating func wasSaved() { for index in logs.indices { logs[index].wasSaved() } }

    mutating func takeNotes() -> [Note] {
        var notes: [Note] = []
        for index in logs.indices { notes += logs[index].takeNotes() }
        return notes
    }

    /// Looks for the logs that have never been found, so that a position can be saved before anything is read.
    mutating func find(now: Duration) -> Bool {
        var isNew = false
        for index in logs.indices where !logs[index].follower.hasPosition {
            var found: [LineReader.Found] = []
            _ = logs[index].turn(into: buffer.bytes, now: now, found: &found)
            isNew = true
        }
        return isNew
    }

    func status(now: Timestamp) -> [FollowerStatus.Log] { logs.map { $0.status(now: now) } }

    /// A few words on each log.
    var summaries: [String] { logs.map(\.summary) }

    /// Why the first log that cannot be read cannot be read.
    var unreadable: SystemError? {
        for log in logs { if case .unreadable(let error) = log.follower.report.trouble { return error } }
        return nil
    }
}

extension Configuration {
    /// The configured logs. Throws when one of them cannot be followed.
    func logNames() throws(StartFailure) -> [LogNames] {
        var all: [LogNames] = []
        for log in logs {
            guard let names = LogNames(log, rotated: rotated, time: LineReader.time(of:)) else {
                throw .unsound("log: “\(Printable(log.string))” has a % that is not one %D or %M in the file's name")
            }
            guard !all.contains(names) else { throw .unsound("log: \(log) is configured twice") }
            all.append(names)
        }
        return all
    }
}

/// The one block of memory that logs are read into. It is not cleared: what is never used takes no memory.
struct ChunkBuffer: ~Copyable {
    static let size = 1 << 20

    let bytes: UnsafeMutableRawBufferPointer

    init() { bytes = .allocate(byteCount: Self.size, alignment: 4_096) }

    /// Gives the memory back until the next read: a megabyte is of no use between two lines of a quiet log.
    func release() {
        madvise(bytes.baseAddress, bytes.count, MADV_DONTNEED)
        clinux_trim_heap()
    }

    deinit { bytes.deallocate() }
}

/// Which file a name means, whatever it is called now.
struct FileIdentity: Hashable {
    let device: UInt64
    let inode: UInt64
}

/// How far one log has been read, and what to do next. A value: the files are elsewhere.
///
/// Invariant: `sequence` only grows. Each byte of the log's stream has a sequence number, counted on over rotations and truncations; the
/// queue's entries remember theirs, and so a replay counts nothing twice.
struct LogPosition: Equatable {
    /// How long the old file must have been quiet before the new one is read, in milliseconds: Exim compares inodes before each write,
    /// so a line can still land in the renamed file.
    static let grace: Int64 = 500
    /// How long an old file that is never quiet keeps the new one waiting.
    static let maximumGrace: Int64 = 10_000
    /// A longer line is none of Exim's (8,192 bytes) nor syslog's; it is skipped without being kept.
    static let maximumLine: Int64 = 65_536

    private(set) var file: FileIdentity
    /// Where the first line begins that was not handed out.
    private(set) var offset: Int64
    /// Up to here no line ends.
    private(set) var examined: Int64
    /// The sequence number of the file's first byte.
    private(set) var base: UInt64
    private var successorSince: Int64?
    private var quietSince: Int64?

    init(file: FileIdentity, offset: Int64, sequence: UInt64) {
        self.file = file
        self.offset = offset
        examined = offset
        base = sequence &- UInt64(offset)
    }

    /// Of the first byte that was not handed out.
    var sequence: UInt64 { base &+ UInt64(offset) }
    /// The line at `offset` is too long to be kept: only its end matters.
    var isSkipping: Bool { examined - offset > Self.maximumLine }

    enum Step: Equatable {
        /// Nothing to do, at the latest until then (milliseconds).
        case wait(until: Int64?)
        /// The file holds more than was examined.
        case read
        /// The old file is read to its end and quiet; on with the next one.
        case `switch`
        /// The file is not what it was: on from its beginning.
        case restart(Misfortune)
    }

    enum Misfortune: Equatable {
        case truncated
        case replaced
    }

    /// - Parameters:
    ///   - size: of the open file.
    ///   - isUnchanged: whether the bytes before `offset` are still the ones that were read.
    ///   - hasSuccessor: whether the log goes on in another file that holds data.
    ///   - patient: false for `--once`, which has no time for a grace.
    mutating func observe(size: Int64, isUnchanged: Bool, hasSuccessor: Bool, now: Int64, patient: Bool) -> Step {
        guard size >= examined else { return .restart(.truncated) }
        guard isUnchanged else { return .restart(.replaced) }
        if size > examined {
            quietSince = nil
            return .read
        }
        guard hasSuccessor else {
            (successorSince, quietSince) = (nil, nil)
            return .wait(until: nil)
        }
        guard patient else { return .switch }
        let first = successorSince ?? now
        let quiet = quietSince ?? now
        (successorSince, quietSince) = (first, quiet)
        let end = min(quiet + Self.grace, first + Self.maximumGrace)
        return now >= end ? .switch : .wait(until: end)
    }

    /// Lines up to `offset` were handed out, and no line ends before `examined`.
    mutating func consumed(to offset: Int64, examined: Int64) {
        self.offset = offset
        self.examined = max(offset, examined)
    }

    /// The file begins anew; what was half a line counts as read, so that no number is given twice.
    mutating func restarted() {
        self = LogPosition(file: file, offset: 0, sequence: base &+ UInt64(examined))
    }

    /// On in another file, from `offset` on.
    mutating func switched(to file: FileIdentity, at offset: Int64 = 0) {
        self = LogPosition(file: file, offset: offset, sequence: base &+ UInt64(examined))
    }
}

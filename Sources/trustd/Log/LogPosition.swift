import TrustCore

/// How far one log has been read, and what to do next. A pure value: it touches no file.
///
/// Invariant: `sequence` only grows. Each byte that was ever written to the log has a sequence number, counted on over rotations and
/// truncations. The queue's entries remember up to which one they have counted, so a line that is read again is not counted again.
struct LogPosition: Equatable {
    /// How long the old file must have been quiet before the new one is read. Exim compares inodes before each write, so a line can still
    /// land in the renamed file.
    static let grace: Duration = .milliseconds(500)
    /// How long an old file that is never quiet keeps the new one waiting.
    static let maximumGrace: Duration = .seconds(10)

    private(set) var file: FileIdentity
    /// Where the first line begins that was not handed out.
    private(set) var offset: Int64
    /// No line ends between `offset` and this.
    private(set) var examined: Int64
    /// The sequence number of the file's first byte.
    private(set) var base: UInt64
    private var successorSince: Duration?
    private var quietSince: Duration?

    init(file: FileIdentity, offset: Int64, sequence: UInt64) {
        self.file = file
        self.offset = offset
        examined = offset
        base = sequence &- UInt64(offset)
    }

    /// The sequence number of the next byte to hand out.
    var sequence: UInt64 { base &+ UInt64(offset) }
    /// Whether the line at `offset` is too long to be kept; then only its end matters.
    var isSkipping: Bool { examined - offset > Int64(LineLength.maximum) }

    enum Step: Equatable {
        /// Nothing to do, at most until the given moment.
        case wait(until: Duration?)
        /// The file holds more than was examined.
        case read
        /// The old file is read to its end and quiet: go on with the next one.
        case `switch`
        /// The file was changed behind our back: go on from its beginning.
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
    ///   - patient: false for `--once`, which does not wait for a grace.
    mutating func observe(size: Int64, isUnchanged: Bool, hasSuccessor: Bool, now: Duration, patient: Bool) -> Step {
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

    /// Lines up to `offset` were handed out, and no line ends between there and `examined`.
    mutating func consumed(to offset: Int64, examined: Int64) {
        self.offset = offset
        self.examined = max(offset, examined)
    }

    /// The position at the new beginning of the same file. Half a line counts as read, so that no number is given twice.
    var restarted: LogPosition { LogPosition(file: file, offset: 0, sequence: base &+ UInt64(examined)) }

    /// The position in another file, from `offset` on.
    func switched(to file: FileIdentity, at offset: Int64 = 0) -> LogPosition {
        LogPosition(file: file, offset: offset, sequence: base &+ UInt64(examined))
    }

    /// The same position in a copy of the file.
    func moved(to copy: FileIdentity, at offset: Int64) -> LogPosition { LogPosition(file: copy, offset: offset, sequence: sequence) }
}

/// When what is due. Milliseconds of the monotonic clock; a value.
struct Pace {
    /// Between two batches under load, and between attempts to write on a full disk.
    static let interval: Int64 = 1_000
    /// Between looks when nothing wakes us.
    static let look: Int64 = 2_000
    /// Between two looks for the files of one entry, while reading never ends.
    static let turn: Int64 = 50
    /// A log that grows without a sighting: so much reading, at most, is done again after a crash.
    static let positionInterval: Int64 = 10_000
    static let sweepInterval: Int64 = 3_600_000

    var wake: Int64?
    private var lastWrite: Int64
    /// Until the next batch of repeats: ten times what the last one took, so that a slow disk leaves time to read.
    private var rest = interval
    private var lastCheckpoint: Int64
    private var lastFailure = -interval
    private var lastSweep: Int64?
    private var lastStatus: Int64?
    private var lastLook: Int64?
    private var lastTurn: Int64?

    /// Begins now: what is found at the start is written as under load, once a second, and not first a little and then the rest.
    init(now: Int64) { (lastWrite, lastCheckpoint) = (now, now) }

    /// A new entry that comes alone is written at once; under load a batch takes at most a second; repeats wait for theirs.
    func isWriteDue(_ queue: borrowing PendingQueue, isMore: Bool, now: Int64) -> Bool {
        if queue.isLarge || queue.hasNew && !isMore { return true }
        return queue.hasChanges && now - lastWrite >= rest
    }

    /// What was written is made to stay, and the position behind it saved, in one go for all that comes within a second: until then the
    /// log can be read again, and one `fsync` is all that stands between a line and its entry.
    func isCheckpointDue(after writing: Bool, now: Int64) -> Bool {
        now - lastCheckpoint >= (writing ? rest : Self.positionInterval)
    }

    var nextCheckpoint: Int64 { lastCheckpoint + rest }

    mutating func saved(at now: Int64) { lastCheckpoint = now }

    var nextWrite: Int64 { lastWrite + rest }

    mutating func wrote(from start: Int64, to end: Int64) {
        (lastWrite, rest) = (end, min(max(Self.interval, 10 * (end - start)), Self.positionInterval))
    }

    mutating func failed(at now: Int64) { lastFailure = now }

    func isRetryDue(now: Int64) -> Bool { now >= nextRetry }

    var nextRetry: Int64 { lastFailure + Self.interval }

    mutating func isSweepDue(now: Int64) -> Bool {
        guard lastSweep.map({ now - $0 >= Self.sweepInterval }) ?? true else { return false }
        lastSweep = now
        return true
    }

    mutating func isStatusDue(now: Int64) -> Bool {
        guard lastStatus.map({ now - $0 >= Self.interval }) ?? true else { return false }
        lastStatus = now
        return true
    }

    /// For the folder itself, which may have become another.
    mutating func isFolderDue(now: Int64) -> Bool {
        guard lastLook.map({ now - $0 >= Self.look }) ?? true else { return false }
        lastLook = now
        return true
    }

    /// Whether trustctl may have removed what was there a moment ago: once a turn, and in a flood not for every chunk.
    mutating func isTurnDue(wasBusy: Bool, now: Int64) -> Bool {
        guard !wasBusy || lastTurn.map({ now - $0 >= Self.turn }) ?? true else { return false }
        lastTurn = now
        return true
    }

    mutating func wake(at moment: Int64?) {
        guard let moment else { return }
        wake = min(wake ?? moment, moment)
    }

    /// How long to sleep.
    func pause(now: Int64) -> Int32 {
        Int32(max(0, min((wake ?? now + Self.look) - now, Self.look)))
    }
}

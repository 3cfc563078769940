import PendingEntries
import TrustCore

/// When each piece of work is due, by `Clock.monotonic`. A pure value.
struct Schedule {
    /// Between two batches under load, and between attempts to write on a full disk.
    static let interval: Duration = .seconds(1)
    /// How long a new entry waits for the line that tells its client's address, when it has none: Exim writes the two one after the other.
    static let patience: Duration = .milliseconds(3)
    /// Between looks at the logs when nothing wakes us.
    static let look: Duration = .seconds(2)
    /// Between two looks for the file of one entry while reading never ends.
    static let turn: Duration = .milliseconds(50)
    /// Between two saved positions of a log that grows without a sighting: so much reading is done again after a crash.
    static let positionInterval: Duration = .seconds(10)
    static let sweepInterval: Duration = .seconds(3_600)

    var wake: Duration?
    private var lastWrite: Duration
    /// Until the next batch of repeats: ten times what the last batch took, so that a slow disk leaves time to read.
    private var rest = interval
    /// Since when a new entry waits for such a line.
    private var awaitedSince: Duration?
    private var lastCheckpoint: Duration
    private var lastFailure = .zero - interval
    private var lastSweep: Duration?
    private var lastLook: Duration?
    private var lastTurn: Duration?

    /// Begins now: what is found at the start is written as under load, once a second.
    init(now: Duration) { (lastWrite, lastCheckpoint) = (now, now) }

    /// A new entry that comes alone is written at once; under load a batch waits for a second at most; repeats wait for their time.
    ///
    /// - Parameter isAwaiting: whether the next line may tell what a new entry lacks.
    mutating func isWriteDue(_ queue: borrowing PendingQueue, isMore: Bool, isAwaiting: Bool, now: Duration) -> Bool {
        if queue.isLarge { return true }
        if queue.hasNew && !isMore {
            guard isAwaiting else { return true }
            let since = awaitedSince ?? now
            awaitedSince = since
            guard now - since < Self.patience else { return true }
            wake(at: since + Self.patience)
        }
        return queue.hasChanges && now - lastWrite >= rest
    }

    /// The folder is synchronized and the position behind it saved once for all that comes within a second. Until then the log can be read
    /// again, and one `fsync` is all that stands between a line and its entry.
    func isCheckpointDue(after writing: Bool, now: Duration) -> Bool {
        now - lastCheckpoint >= (writing ? rest : Self.positionInterval)
    }

    var nextCheckpoint: Duration { lastCheckpoint + rest }

    mutating func saved(at now: Duration) { lastCheckpoint = now }

    var nextWrite: Duration { lastWrite + rest }

    mutating func wrote(from start: Duration, to end: Duration) {
        awaitedSince = nil
        (lastWrite, rest) = (end, min(max(Self.interval, (end - start) * 10), Self.positionInterval))
    }

    mutating func failed(at now: Duration) { lastFailure = now }

    func isRetryDue(now: Duration) -> Bool { now >= nextRetry }

    var nextRetry: Duration { lastFailure + Self.interval }

    mutating func isSweepDue(now: Duration) -> Bool {
        guard lastSweep.map({ now - $0 >= Self.sweepInterval }) ?? true else { return false }
        lastSweep = now
        return true
    }

    /// Whether to look if `pending/` has become another folder.
    mutating func isFolderDue(now: Duration) -> Bool {
        guard lastLook.map({ now - $0 >= Self.look }) ?? true else { return false }
        lastLook = now
        return true
    }

    /// Whether to look again for the entries' files, which trustctl may have removed: once a turn, and in a flood not for every chunk.
    mutating func isTurnDue(wasBusy: Bool, now: Duration) -> Bool {
        guard !wasBusy || lastTurn.map({ now - $0 >= Self.turn }) ?? true else { return false }
        lastTurn = now
        return true
    }

    mutating func wake(at moment: Duration?) {
        guard let moment else { return }
        wake = min(wake ?? moment, moment)
    }

    /// How long to sleep.
    func pause(now: Duration) -> Duration {
        max(.zero, min((wake ?? now + Self.look) - now, Self.look))
    }
}

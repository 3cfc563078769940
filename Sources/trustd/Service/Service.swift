import CLinux
import Glibc
import LogFollower
import LogLine
import PendingEntries
import SystemPackage
import TrustCore

/// trustd itself: the one loop that reads every log, fills the queue, and saves how far it came.
///
/// Only the order protects the count: entries are on the disk before the position that lies behind their lines. The log is the redo log: a
/// trustd that was killed in between reads those lines again, and the entries know that they have counted them.
struct Service: ~Copyable {
    private let once: Bool
    private let state: FilePath
    private let positions: PositionFolder
    private var queue: PendingQueue
    private var logs: FollowedLogs
    private var reporter = Reporter()
    private var schedule = Schedule(now: Clock.monotonic)
    private var saved: SavedPosition
    private var wasBusy = false
    /// Why nothing can be written. Nothing is read meanwhile, and so nothing is lost.
    private var obstacle: SystemError?

    /// Throws when another trustd has the state, and when it cannot be written.
    static func open(_ configuration: Configuration, once: Bool) throws(StartFailure) -> Service {
        let names = try configuration.logNames()
        return Service(names, once: once, configuration.state, try StateFolders.open(configuration, once: once))
    }

    private init(_ names: [LogNames], once: Bool, _ path: FilePath, _ folders: consuming StateFolders) {
        self.once = once
        state = path
        if let misfortune = folders.misfortune { reporter.write(misfortune) }
        let loaded = folders.loaded
        let saved = loaded.position?.0 ?? SavedPosition()
        self.saved = saved
        positions = folders.positions
        queue = folders.queue
        queue.refusals.restore(saved.refused)
        var followers: [Follower] = []
        for (index, name) in names.enumerated() {
            let (log, floor) = (saved.logs[name.pattern.string], queue.highestSequence(log: index))
            followers.append(Follower(name, saved: log, loaded.position?.1, floor: floor, patient: !once))
        }
        logs = FollowedLogs(followers)
    }

    /// Returns only with `--once`.
    mutating func run() throws(StartFailure) {
        saveFirstPosition()
        reporter.ready()
        if once {
            clinux_explain_bus_error()
            // With it the C library does not look at every conversion whether the host's zone is another one.
            setenv("TZ", ":/etc/localtime", 0)
        }
        while true {
            let isMore = turn()
            let isDone = once && !isMore
            if let obstacle, once { throw .unsound("\(obstacle)", hint: "nothing is lost: the log still holds it") }
            report(now: Clock.monotonic, isLast: isDone)
            if isDone {
                if let error = logs.unreadable { throw .unsound("\(error.told)", hint: error.remedy) }
                return
            }
            if !isMore { sleep() }
        }
    }

    /// Before the first byte of a log is read, and before anybody is told that trustd follows: one that is killed right then is started
    /// again, perhaps when the log has been rotated, and reads on from here.
    private mutating func saveFirstPosition() {
        let now = Clock.monotonic
        guard logs.find(now: now) else { return }
        do throws(SystemError) { try save(now: now) } catch { block(error, now: now) }
    }

    /// One look at every log, and at most one chunk of each; whether there is more to do at once.
    private mutating func turn() -> Bool {
        let now = Clock.monotonic
        reporter.alive(now: now)
        schedule.wake = nil
        if obstacle == nil && schedule.isFolderDue(now: now) {
            do throws(SystemError) { try queue.reopenIfReplaced() } catch { block(error, now: now) }
            if !wasBusy { queue.noticeRemovals() }
        }
        let (isMore, mustSave) = obstacle == nil ? read(now: now) : (false, false)
        let isLast = once && !isMore
        let mustCheckpoint = mustSave || isLast || obstacle != nil || schedule.isCheckpointDue(after: queue.mustSynchronize, now: now)
        let isDue = schedule.isWriteDue(queue, isMore: isMore, isAwaiting: logs.isAwaitingNeighbour, now: now)
        if mustCheckpoint || isDue { write(now: now, checkpoint: mustCheckpoint) }
        // What is unread may hold a sighting of an entry that would expire.
        if !isMore, !mustSave, obstacle == nil { sweep(now: now) }
        wasBusy = isMore
        return (isMore || mustSave) && obstacle == nil
    }

    private mutating func read(now: Duration) -> (isMore: Bool, mustSave: Bool) {
        var (isMore, mustSave) = (false, false)
        logs.refresh(now: now)
        if schedule.isTurnDue(wasBusy: wasBusy, now: now) { queue.beginTurn() }
        for index in 0..<logs.count {
            var found: [LineReader.Found] = []
            switch logs.turn(index, now: now, found: &found) {
            case .more: isMore = true
            case .idle(let until): schedule.wake(at: until)
            case .mustBeSaved: mustSave = true
            }
            queue.take(found, log: index, now: .now, clock: now)
        }
        return (isMore, mustSave)
    }

    /// First the entries, then the position behind their lines.
    private mutating func write(now: Duration, checkpoint: Bool) {
        guard obstacle == nil || schedule.isRetryDue(now: now) else { return }
        do throws(SystemError) {
            if obstacle != nil { try queue.reopenIfReplaced() }
            if queue.hasChanges {
                let start = Clock.monotonic
                var reporter = reporter
                defer { self.reporter = reporter }
                try queue.write(clock: now) { reporter.alive(now: Clock.monotonic) }
                schedule.wrote(from: start, to: Clock.monotonic)
                logs.wasWritten()
            }
            if checkpoint { try save(now: now) }
            if obstacle != nil { reporter.write(Note(message: "\(state) can be written again", severity: .notice)) }
            obstacle = nil
        } catch { block(error, now: now) }
    }

    private mutating func block(_ error: SystemError, now: Duration) {
        reporter.blocked(by: error, isNews: obstacle != error)
        obstacle = error
        schedule.failed(at: now)
    }

    private mutating func save(now: Duration) throws(SystemError) {
        try queue.synchronize()
        // A log that is not configured for a while is read on when it is configured again.
        var position = saved
        if position.logs.count > SavedPosition.maximumLogs { position = SavedPosition() }
        logs.save(into: &position)
        position.refused = queue.refusals.saved
        position.uptime = saved.uptime
        if position != saved {
            try positions.save(position)
            saved = position
        }
        logs.wasSaved()
        schedule.saved(at: now)
    }

    private mutating func sweep(now: Duration) {
        guard schedule.isSweepDue(now: now) else { return }
        do { try queue.sweep(now: .now) } catch { reporter.write(Note(message: "\(error)")) }
    }

    private mutating func report(now: Duration, isLast: Bool) {
        reporter.report(queue.takeNotes() + queue.refusals.due(now: now) + logs.takeNotes())
        reporter.announce(queue.takeAnnouncements())
        if reporter.isLineDue(now: now) { reporter.line(logs, queue, obstacle) }
        // Nothing depends on it, and a disk that cannot take it was reported already.
        if once ? isLast : reporter.isStatusDue(now: now), let status = reporter.status(logs, queue) { try? positions.write(status) }
    }

    private mutating func sleep() {
        let now = Clock.monotonic
        schedule.wake(at: reporter.due)
        guard obstacle == nil else {
            // Deaf to the logs, which grow meanwhile.
            schedule.wake(at: schedule.nextRetry)
            poll(nil, 0, schedule.pause(now: now).milliseconds)
            return
        }
        if queue.hasChanges { schedule.wake(at: schedule.nextWrite) }
        if queue.mustSynchronize { schedule.wake(at: schedule.nextCheckpoint) }
        logs.sleep(schedule.pause(now: now))
    }
}

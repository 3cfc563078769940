import CLinux
import Glibc
import SystemPackage
import TrustCore

/// trustd itself: the one loop that reads every log, fills the queue, and saves how far it came.
///
/// The order is all that protects the count: entries are on the disk before the position that lies behind their lines. The log is the redo
/// log; whoever is killed in between reads those lines again, and the entries know that they have counted them.
struct Service: ~Copyable {
    private let once: Bool
    private let voice = Voice()
    private let positions: PositionFolder
    private let buffer = ChunkBuffer()
    private var watch: LogWatches
    private var queue: PendingQueue
    private var followers: [Follower]
    private var notifier = ServiceNotifier()
    private var pace = Pace(now: Monotonic.now)
    private var statusFile = StatusFile()
    private var saved: SavedPosition
    /// Since the last sleep; then the memory for it is given back.
    private var hasReadMuch = false
    private var wasBusy = false
    /// Why nothing can be written. Nothing is read meanwhile, and so nothing is lost.
    private var obstacle: SystemError?

    /// Opens the state; throws when another trustd has it, or when it cannot be written. What passes by itself (a disk that is full or
    /// fails for a moment, too many open files) is waited for: to end would be for good, for the service manager starts nobody again who
    /// says that what is configured cannot work.
    static func open(_ configuration: Configuration, once: Bool) throws(StartFailure) -> Service {
        let names = try names(of: configuration)
        var notifier = ServiceNotifier()
        var isSaid = false
        while true {
            do throws(SystemError) {
                if let service = try open(names, configuration, once: once) { return service }
            } catch {
                guard !once, passing.contains(error.code) else {
                    let hint = "the user that trustd runs as must be able to write below \(configuration.state)"
                    throw .unsound("\(error)", hint: hint)
                }
                if !isSaid { Voice().say("\(error): waiting for that to pass; nothing is read meanwhile", severity: .error) }
                isSaid = true
                notifier.ready()
                notifier.alive(now: Monotonic.now)
                poll(nil, 0, Int32(Pace.interval))
                continue
            }
            throw .busy("another trustd works with \(configuration.state)", hint: "one is enough; --config FILE names another state")
        }
    }

    private static let passing = [EIO, ENOSPC, EDQUOT, ENOMEM, EMFILE, ENFILE, EAGAIN, ETIMEDOUT, ESTALE]

    /// Nil when another trustd has the state.
    private static func open(_ names: [LogNames], _ configuration: Configuration, once: Bool) throws(SystemError) -> Service? {
        guard let positions = try PositionFolder.open(configuration.position) else { return nil }
        let loaded = try positions.load()
        let queue = try PendingQueue.open(configuration)
        return Service(names: names, once: once, positions: positions, loaded: loaded, queue: queue)
    }

    private init(
        names: [LogNames], once: Bool, positions: consuming PositionFolder, loaded: PositionFolder.Loaded, queue: consuming PendingQueue
    ) {
        self.once = once
        self.positions = positions
        watch = LogWatches(names)
        saved = loaded.position?.0 ?? SavedPosition()
        let circumstances = loaded.position?.1
        let misfortune: String? =
            switch loaded.misfortune {
            case .corrupt(let aside): "the saved position cannot be understood and is now \(aside)"
            // At the very first start there is none.
            case .missing: queue.count > 0 || loaded.position != nil ? "the saved position is gone" : nil
            case nil: nil
            }
        if let misfortune, loaded.position != nil {
            voice.say("\(misfortune): reading goes on from the one before it", hint: "nothing is lost, and nothing is counted twice")
        } else if let misfortune {
            voice.say(
                "\(misfortune), and \(queue.count) entries are there: reading begins with the current log",
                hint: "lines of it that were counted are counted again, and rotated ones that were not read yet are not", severity: .error)
        }
        followers = []
        for (index, name) in names.enumerated() {
            followers.append(
                Follower(
                    name, saved: saved.logs[name.pattern.string], circumstances, floor: queue.highestSequence(log: index), patient: !once))
        }
        self.queue = queue
        self.queue.refusals.restore(saved.refused)
    }

    private static func names(of configuration: Configuration) throws(StartFailure) -> [LogNames] {
        var all: [LogNames] = []
        for log in configuration.logs {
            guard let names = LogNames(log) else {
                throw .unsound("log: “\(Printable(log.string))” has a % that is neither %D nor %M, or not just one in the file's name")
            }
            guard !all.contains(names) else { throw .unsound("log: \(log) stands there twice") }
            all.append(names)
        }
        return all
    }

    /// Returns only with `--once`.
    mutating func run() throws(StartFailure) {
        notifier.ready()
        if once { clinux_explain_bus_error() }
        while true {
            let isMore = turn()
            let isDone = once && !isMore
            if let obstacle, once { throw .unsound("\(obstacle)", hint: "nothing is lost: the log still holds it") }
            speak(now: Monotonic.now, isLast: isDone)
            if isDone { return try finish() }
            if !isMore { sleep() }
        }
    }

    /// One look at every log, and at most one chunk of each; whether there is more to do at once.
    private mutating func turn() -> Bool {
        let now = Monotonic.now
        notifier.alive(now: now)
        pace.wake = nil
        var isMore = false
        var mustSave = false
        if obstacle == nil && pace.isFolderDue(now: now) {
            do throws(SystemError) { try queue.reopenIfReplaced() } catch { hinder(error, now: now) }
        }
        if obstacle == nil {
            watch.refresh(followers, now: now)
            if pace.isTurnDue(wasBusy: wasBusy, now: now) { queue.beginTurn() }
            for index in followers.indices {
                var found: [LineReader.Found] = []
                switch followers[index].turn(into: buffer.bytes, now: now, found: &found) {
                case .more:
                    isMore = true
                    hasReadMuch = true
                case .idle(let until): pace.wake(at: until)
                case .mustBeSaved: mustSave = true
                }
                let moment = Timestamp.now
                for one in found where one.isSighting { followers[index].counts.sightings += 1 }
                for one in found { queue.take(one.finding, log: index, sequence: one.sequence, now: moment, clock: now) }
            }
        }
        let isLast = once && !isMore
        let mustCheckpoint = mustSave || isLast || obstacle != nil || pace.isCheckpointDue(after: queue.mustSynchronize, now: now)
        if mustCheckpoint || pace.isWriteDue(queue, isMore: isMore, now: now) { write(now: now, checkpoint: mustCheckpoint) }
        // What is unread may hold a sighting of what would go.
        if !isMore, !mustSave, obstacle == nil { sweep(now: now) }
        wasBusy = isMore
        return (isMore || mustSave) && obstacle == nil
    }

    /// First the entries, then the position behind their lines.
    private mutating func write(now: Int64, checkpoint: Bool) {
        guard obstacle == nil || pace.isRetryDue(now: now) else { return }
        do throws(SystemError) {
            if obstacle != nil { try queue.reopenIfReplaced() }
            if queue.hasChanges {
                let start = Monotonic.now
                var notifier = notifier
                defer { self.notifier = notifier }
                try queue.write(clock: now) { notifier.alive(now: Monotonic.now) }
                pace.wrote(from: start, to: Monotonic.now)
            }
            if checkpoint { try save(now: now) }
            if obstacle != nil { voice.say("\(queue.configuration.state) can be written again", severity: .notice) }
            obstacle = nil
        } catch { hinder(error, now: now) }
    }

    private mutating func hinder(_ error: SystemError, now: Int64) {
        if obstacle != error {
            voice.say(
                "\(error): nothing is read until it can be written", hint: "nothing is lost: the log still holds it", severity: .error)
        }
        obstacle = error
        statusFile.lastError = FollowerStatus.Mishap(time: .now, text: error.description)
        pace.failed(at: now)
    }

    private mutating func save(now: Int64) throws(SystemError) {
        try queue.synchronize()
        // A log that is not followed for a while is read on when it is configured again.
        var position = saved
        if position.logs.count > SavedPosition.maximumLogs { position = SavedPosition() }
        for follower in followers { position.logs[follower.names.pattern.string] = follower.snapshot() }
        position.refused = queue.refusals.saved
        position.uptime = saved.uptime
        if position != saved {
            try positions.save(position)
            saved = position
        }
        for index in followers.indices { followers[index].wasSaved() }
        pace.saved(at: now)
    }

    private mutating func sweep(now: Int64) {
        guard pace.isSweepDue(now: now) else { return }
        do { try queue.sweep(now: .now) } catch { voice.say("\(error)") }
    }

    private mutating func speak(now: Int64, isLast: Bool) {
        for note in queue.notes + queue.refusals.due(now: now) {
            voice.say(note)
            statusFile.noted(note)
        }
        queue.notes = []
        for index in followers.indices {
            for note in followers[index].notes {
                voice.say(note)
                statusFile.noted(note)
            }
            followers[index].notes = []
        }
        for entry in queue.announcements { Announcement.make(of: entry, voice: voice) }
        queue.announcements = []
        if pace.isStatusDue(now: now) { notifier.status(status) }
        // Nothing depends on it, and a disk that cannot take it has been complained of.
        if once ? isLast : statusFile.isDue(now: now),
            let status = statusFile.next(followers, pending: queue.count, refused: queue.refusals.counts)
        {
            try? positions.say(status)
        }
    }

    private var status: String {
        let logs = followers.map { follower in
            switch follower.trouble {
            case nil: "following \(follower.file?.path ?? follower.names.pattern)"
            case .missing: "waiting for \(follower.names.pattern)"
            case .unreadable(let error): "\(error)"
            }
        }
        let refused = queue.refusals.counts.values.reduce(0, +)
        return
            (logs + ["\(queue.count) pending"] + (refused > 0 ? ["\(refused) refused"] : []) + queue.blind.values.map { "\($0)" }.sorted()
            + (obstacle.map { ["\($0)"] } ?? []))
            .joined(separator: "; ")
    }

    private mutating func sleep() {
        let now = Monotonic.now
        pace.wake(at: notifier.due)
        guard obstacle == nil else {
            // Deaf to the logs, which grow meanwhile.
            pace.wake(at: pace.nextRetry)
            poll(nil, 0, pace.pause(now: now))
            return
        }
        if queue.hasChanges { pace.wake(at: pace.nextWrite) }
        if queue.mustSynchronize { pace.wake(at: pace.nextCheckpoint) }
        if hasReadMuch {
            buffer.rest()
            hasReadMuch = false
        }
        watch.wait(milliseconds: pace.pause(now: now))
    }

    private func finish() throws(StartFailure) {
        for follower in followers {
            if case .unreadable(let error) = follower.trouble {
                throw .unsound("\(error)", hint: "let the user that trustd runs as read it")
            }
        }
    }
}

import Glibc
import LogFollower
import PendingEntries
import SystemPackage
import TrustCore

/// What trustd keeps across restarts, opened: the queue and the position.
struct StateFolders: ~Copyable {
    let positions: PositionFolder
    let loaded: PositionFolder.Loaded
    let queue: PendingQueue

    /// Errors that pass without anybody's help.
    private static let passing = [EIO, ENOSPC, EDQUOT, ENOMEM, EMFILE, ENFILE, EAGAIN, ETIMEDOUT, ESTALE]

    /// Throws when another trustd has the state, and when it cannot be written. Errors that pass by themselves (a disk that is full or fails
    /// for a moment, too many open files) are waited for, unless it is a run of `--once`: the service manager does not start a program again
    /// that has ended because of its configuration.
    static func open(_ configuration: Configuration, once: Bool) throws(StartFailure) -> StateFolders {
        var notifier = ServiceNotifier()
        var isReported = false
        while true {
            do throws(SystemError) {
                if let state = try open(configuration) { return state }
            } catch {
                guard !once, passing.contains(error.code) else {
                    let hint = "the user that trustd runs as must be able to write below \(configuration.state)"
                    throw .unsound("\(error)", hint: hint)
                }
                if !isReported { Messages().write("\(error): waiting for that to pass; nothing is read meanwhile", severity: .error) }
                isReported = true
                notifier.ready()
                notifier.alive(now: Clock.monotonic)
                poll(nil, 0, Schedule.interval.milliseconds)
                continue
            }
            throw .busy("another trustd works with \(configuration.state)", hint: "one is enough; --config FILE names another state")
        }
    }

    /// Nil when another trustd has the state.
    private static func open(_ configuration: Configuration) throws(SystemError) -> StateFolders? {
        guard let positions = try PositionFolder.open(configuration.position) else { return nil }
        let loaded = try positions.load()
        return StateFolders(positions: positions, loaded: loaded, queue: try PendingQueue.open(configuration))
    }

    /// What happened to the saved position, if anything did.
    var misfortune: Note? {
        let what: String
        switch loaded.misfortune {
        case .corrupt(let aside): what = "the saved position is unreadable and is now \(aside)"
        case .missing where queue.count > 0 || loaded.position != nil: what = "the saved position is gone"
        // At the very first start there is none.
        case .missing, nil: return nil
        }
        if loaded.position != nil {
            return Note(
                message: "\(what): reading goes on from the one before it", hint: "nothing is lost, and nothing is counted twice")
        }
        return Note(
            message: "\(what), and \(queue.count) entries are there: reading begins with the current log",
            hint: "its lines that were counted are counted again; rotated logs that were not read are not read", severity: .error)
    }
}

import Glibc
import SystemPackage
import TrustCore

/// When `position/status` is to be replaced: when something has changed, and not more than once a second.
struct StatusFile {
    let since = Timestamp.now
    var lastError: FollowerStatus.Mishap?

    private var said: FollowerStatus?
    private var lastLook = -Pace.interval

    mutating func isDue(now: Int64) -> Bool {
        guard now - lastLook >= Pace.interval else { return false }
        lastLook = now
        return true
    }

    /// Nil when it stands there already.
    mutating func next(_ followers: [Follower], pending: Int, refused: [Refusal: UInt64]) -> FollowerStatus? {
        var status = FollowerStatus(process: Int(getpid()), since: since, updated: .now, pending: UInt64(pending))
        for (refusal, count) in refused { status.refused[refusal.rawValue] = count }
        status.lastError = lastError
        status.logs = followers.map { $0.status(now: status.updated) }
        if let said, said.timeless == status.timeless { return nil }
        said = status
        return status
    }

    mutating func noted(_ note: Note) {
        if note.severity == .error { lastError = FollowerStatus.Mishap(time: .now, text: note.message) }
    }
}

extension Follower {
    func status(now: Timestamp) -> FollowerStatus.Log {
        var log = FollowerStatus.Log(name: names.pattern.string)
        if let file, let position {
            log.file = file.path.string
            log.inode = file.identity.inode
            log.offset = UInt64(position.examined)
            let size = (try? file.size()) ?? position.examined
            log.unread = file.gzip == nil ? UInt64(max(0, size - position.examined)) : 0
            if log.unread == 0 { log.caughtUp = now }
        }
        switch trouble {
        case nil: break
        case .missing: log.trouble = FollowerStatus.Log.missing
        case .unreadable(let error): log.trouble = error.description
        }
        log.counts = counts
        return log
    }
}

import SystemPackage
package import TrustCore

extension Follower {
    /// For `position/status`.
    package func status(now: Timestamp) -> FollowerStatus.Log {
        var log = FollowerStatus.Log(name: names.pattern.string)
        if let open {
            let examined = open.position.examined
            log.file = open.file.path.string
            log.inode = open.file.identity.inode
            log.offset = UInt64(examined)
            let size = (try? open.file.size()) ?? examined
            log.unread = open.file.gzip == nil ? UInt64(max(0, size - examined)) : 0
            if log.unread == 0 { log.caughtUp = now }
        }
        log.trouble = report.trouble?.description ?? (mount?.isStale == true ? FollowerStatus.Log.stale : nil)
        log.counts = report.counts
        return log
    }

    /// What it does now, in a few words.
    package var summary: String {
        switch report.trouble {
        case nil: "following \(open?.file.path ?? names.pattern)"
        case .missing: "waiting for \(names.pattern)"
        case .unreadable(let error): error.told
        }
    }
}

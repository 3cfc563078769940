import Glibc
package import Host
import SystemPackage
package import TrustCore

/// How far trustd has read the logs, according to its files and the sizes of the logs. trustd is not asked, and no log is read.
package struct LogProgress {
    /// Whether a trustd runs: it holds the lock of its position.
    package let isAlive: Bool
    /// What it wrote last; nil when it never wrote.
    package let status: FollowerStatus?

    package init(_ configuration: Configuration) throws(Failure) {
        do throws(SystemError) {
            let folder = try Folder(configuration.position)
            isAlive = try folder.isLocked(SharedFiles.lock)
            let bytes =
                folder.has(SharedFiles.status) ? try folder.contents(of: SharedFiles.status, limit: FollowerStatus.maximumSize) : nil
            status = bytes.flatMap { FollowerStatus(decoding: $0) }
            guard bytes == nil || status != nil else {
                throw SystemError("read", configuration.position.appending(SharedFiles.status), code: EBADMSG)
            }
        } catch {
            if error.isMissing {
                throw Failure("trustd has never followed a log with \(configuration.state)", .notReloaded, hint: Self.remedy)
            }
            if error.code == EACCES { throw Failure(error.description, .notPermitted, hint: "members of group trustd may look") }
            throw Failure("\(error): trustd did not write this", .notSound, hint: "remove it; trustd writes it again")
        }
    }

    package static let remedy = "systemctl status trustd; journalctl -u trustd"

    /// How far a log is behind.
    package struct Lag {
        package let bytes: UInt64
        /// Since the last moment at which nothing was unread.
        package let seconds: Int64
    }

    package func lag(of log: FollowerStatus.Log) -> Lag? {
        guard let file = log.file, let status else { return nil }
        let bytes = Self.unread(of: log, file)
        guard bytes > 0 else { return Lag(bytes: 0, seconds: 0) }
        return Lag(bytes: bytes, seconds: max(0, Timestamp.now.seconds - (log.caughtUp ?? status.since).seconds))
    }

    /// According to the present size of the files, or to what trustd wrote where that cannot be seen. A new file in place of the one that is
    /// being read counts as a whole: what is left of the old one is not much.
    private static func unread(of log: FollowerStatus.Log, _ file: String) -> UInt64 {
        let later = DatedLog(log.name)?.sizes(after: file) ?? 0
        // The path is another user's claim. It is only looked at, never opened.
        let path = log.name.contains("%") || file.hasSuffix(".gz") ? file : log.name
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, !file.hasSuffix(".gz") else { return log.unread + later }
        let size = UInt64(max(0, status.st_size))
        guard UInt64(status.st_ino) == log.inode else { return size + later }
        return (size > log.offset ? size - log.offset : 0) + later
    }

    /// Why the caller cannot see how much of a log is unread; nil when he can.
    package func obstacle(to log: FollowerStatus.Log) -> SystemError? {
        guard let file = log.file else { return nil }
        var status = stat()
        let path = log.name.contains("%") ? file : log.name
        return stat(path, &status) != 0 && errno == EACCES ? SystemError("look at", FilePath(path), code: EACCES) : nil
    }

    /// Whether we see a log that trustd does not: its unit shows it only some folders, as they were when it started.
    package static func isHidden(_ log: FollowerStatus.Log) -> Bool {
        var status = stat()
        return log.file == nil && log.trouble == FollowerStatus.Log.missing && stat(log.name, &status) == 0
    }

    /// The logs that have unread bytes and were not read since `earlier`, or that only trustd cannot see.
    package func stuck(since earlier: LogProgress) -> [FollowerStatus.Log] {
        guard let logs = status?.logs else { return [] }
        return logs.filter { log in
            guard lag(of: log).map({ $0.bytes > 0 }) ?? Self.isHidden(log) else { return false }
            guard let before = earlier.status?.logs.first(where: { $0.name == log.name }) else { return false }
            return (before.inode, before.offset) == (log.inode, log.offset)
        }
    }
}

import Glibc
package import Host
import SystemPackage
package import TrustCore

/// How trustd does, as its files and the logs' sizes tell: it is not asked, and no log is read.
package struct Following {
    /// Whether a trustd holds the lock of its position.
    package let isAlive: Bool
    /// What it said last; nil when it never did.
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
            throw Failure("\(error): this is not what trustd writes", .notSound, hint: "remove it; trustd writes it again")
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

    /// As large as the files are now; what trustd said when that may not be seen. A log that stands in the place of the one being read counts
    /// as a whole: what is left of the old one is not much.
    private static func unread(of log: FollowerStatus.Log, _ file: String) -> UInt64 {
        let later = DatedLog(log.name)?.sizes(after: file) ?? 0
        // The path is another user's claim, and looking is all that is done with it.
        let path = log.name.contains("%") || file.hasSuffix(".gz") ? file : log.name
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, !file.hasSuffix(".gz") else { return log.unread + later }
        let size = UInt64(max(0, status.st_size))
        guard UInt64(status.st_ino) == log.inode else { return size + later }
        return (size > log.offset ? size - log.offset : 0) + later
    }

    /// Why the caller cannot know what is unread of a log.
    package func obstacle(to log: FollowerStatus.Log) -> SystemError? {
        guard let file = log.file else { return nil }
        var status = stat()
        let path = log.name.contains("%") ? file : log.name
        return stat(path, &status) != 0 && errno == EACCES ? SystemError("look at", FilePath(path), code: EACCES) : nil
    }

    /// Whether a log is there for us and not for trustd, whose unit shows it few folders, as they were when it started.
    package static func isHidden(_ log: FollowerStatus.Log) -> Bool {
        var status = stat()
        return log.file == nil && log.trouble == missing && stat(log.name, &status) == 0
    }

    /// What trustd says of a log that it cannot find.
    package static let missing = "it is not there"

    /// The logs that grow while nobody reads, or that trustd alone does not find.
    package func stuck(since earlier: Following) -> [FollowerStatus.Log] {
        guard let logs = status?.logs else { return [] }
        return logs.filter { log in
            guard lag(of: log).map({ $0.bytes > 0 }) ?? Self.isHidden(log) else { return false }
            guard let before = earlier.status?.logs.first(where: { $0.name == log.name }) else { return false }
            return (before.inode, before.offset) == (log.inode, log.offset)
        }
    }
}

/// The files of a log with a date in its name, as their names tell.
private struct DatedLog {
    private let folder: String
    private let before: Substring
    private let after: Substring
    private let digits: Int

    /// Nil for a plain name.
    init?(_ pattern: String) {
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, let mark = name.firstIndex(of: "%") else { return nil }
        folder = parts.dropLast().joined(separator: "/")
        before = name[..<mark]
        let rest = name[name.index(after: mark)...]
        guard let letter = rest.first, letter == "D" || letter == "M" else { return nil }
        digits = letter == "D" ? 8 : 6
        after = rest.dropFirst()
    }

    /// Bytes in the files of later dates.
    func sizes(after file: String) -> UInt64 {
        let read = file.split(separator: "/").last ?? ""
        let names = (try? Folder(FilePath(folder), followingLink: true).names()) ?? []
        return names.filter { name in
            name.hasPrefix(before) && name.hasSuffix(after) && name.utf8.count == before.utf8.count + digits + after.utf8.count
                && name.dropFirst(before.count).prefix(digits).allSatisfy(\.isNumber) && name > read
        }.reduce(0) { sum, name in
            var status = stat()
            guard stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return sum }
            return sum + UInt64(max(0, status.st_size))
        }
    }
}

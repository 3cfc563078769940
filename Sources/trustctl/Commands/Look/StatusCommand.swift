import ArgumentParser
import EximControl
import Glibc
import Host
import Status
import Trust
import TrustCore

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows how far trustd has read the log, and what it counted.",
        discussion: "Needs neither Exim nor root; members of group trustd may look. Exit status 69 when trustd does not follow.")

    @OptionGroup var common: CommonOptions

    /// Milliseconds for which a log may stay unread before nobody reads it: more than a rotation makes trustd wait.
    private static let patience = 12_000

    func run() throws {
        let configuration = try LocalTrust(config: common.config, progress: Terminal.progress).configuration
        let (following, stuck) = try Self.look(configuration)
        let unreadable = following.status?.logs.filter { $0.trouble != nil && $0.trouble != FollowerStatus.Log.missing } ?? []
        let isFollowing = following.isAlive && following.status != nil && stuck.isEmpty && unreadable.isEmpty
        let text = (following.status.map { [Answer.Part.text(Self.text($0, following))] } ?? []) + Self.list(configuration)
        Terminal.show(Answer(StatusDocument(following, isFollowing: isFollowing), text), json: common.json)
        guard following.isAlive else { throw Failure("no trustd follows the log", .notReloaded, hint: LogProgress.remedy) }
        guard following.status != nil else {
            throw Failure("trustd runs but has not reported yet how far it has read", .notReloaded, hint: LogProgress.remedy)
        }
        if let log = stuck.first(where: LogProgress.isHidden) {
            throw Failure(
                "\(Printable(log.name)) exists, but trustd does not see it", .notReloaded,
                hint: "systemctl restart trustd; when that does not help, see trustd(8), Logs elsewhere")
        }
        // Before what follows from it.
        if let log = unreadable.first, let trouble = log.trouble {
            let name = Printable(log.name).description
            let text = Printable(trouble, limit: 400).description
            throw Failure(text.contains(name) ? text : "\(name): \(text)", .notReloaded, hint: Self.remedy(of: trouble))
        }
        if let log = stuck.first {
            throw Failure("\(Printable(log.name)) grows, but trustd does not read it", .notReloaded, hint: LogProgress.remedy)
        }
        if let error = following.status?.logs.lazy.compactMap({ following.obstacle(to: $0) }).first {
            throw Failure(
                "\(error): how much of it is unread is not known", .notPermitted,
                hint: "run this as root, or as a member of the log's group")
        }
    }

    /// How many are approved where that is a folder: nobody sees it in Exim's configuration.
    private static func list(_ configuration: Configuration) -> [Answer.Part] {
        do throws(Failure) {
            guard let folder = try TrustListFile(configuration).folder?.names() else { return [] }
            return [.text("list: folder, \(folder.fingerprints.count) approved\n")]
        } catch { return [.note("warning: \(error.reason)")] }
    }

    private static func remedy(of trouble: String) -> String {
        if trouble.hasPrefix(FollowerStatus.Log.strange) { return "trustd(8), Log lines, names the forms that are read" }
        if trouble == FollowerStatus.Log.stale { return "mount the folder of the log instead, and start trustd again" }
        if trouble.hasSuffix(FollowerStatus.Log.notAFile) { return "name Exim's main log in trustd.conf: log = FILE" }
        return "make it readable for the user that trustd runs as"
    }

    /// Looks again for a while when something is unread: trustd may be about to read it.
    private static func look(_ configuration: Configuration) throws(Failure) -> (LogProgress, stuck: [FollowerStatus.Log]) {
        let first = try LogProgress(configuration)
        var now = first
        var waited = 0
        while now.isAlive {
            let stuck = now.stuck(since: first)
            guard !stuck.isEmpty else { return (now, []) }
            guard waited < patience else { return (now, stuck) }
            usleep(100_000)
            waited += 100
            now = try LogProgress(configuration)
        }
        return (now, [])
    }

    private static func text(_ status: FollowerStatus, _ following: LogProgress) -> String {
        var lines: [String] = []
        for log in status.logs {
            lines.append(Style(for: STDOUT_FILENO).bold("\(Printable(log.name))"))
            if let trouble = log.trouble { lines.append("  \(Printable(trouble, limit: 400))") }
            if let file = log.file {
                let lag = following.lag(of: log)
                let behind = lag.map { $0.bytes == 0 ? "nothing unread" : "\($0.bytes) bytes unread, \($0.seconds) seconds behind" }
                lines.append("  reading \(Printable(file)) at byte \(log.offset)\(behind.map { ": \($0)" } ?? "")")
            }
            let counts = log.counts
            lines.append("  lines \(counts.lines), sightings \(counts.sightings)")
            lines.append(
                "  rotations \(counts.rotations), truncations \(counts.truncations), lines lost \(counts.lost), gaps \(counts.gaps)")
        }
        lines.append("pending \(status.pending)")
        for (reason, count) in status.refused.sorted(by: { $0.key < $1.key }) { lines.append("refused \(count): \(Printable(reason))") }
        if let error = status.lastError { lines.append("last error \(error.time): \(Printable(error.text, limit: 400))") }
        lines.append("running since \(status.since), written \(status.updated)")
        return lines.joined(separator: "\n") + "\n"
    }
}

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

    @Flag(help: "For Nagios, Icinga and check_mk: one line with performance data; exit status 0, 1, 2 or 3.") var check = false
    @Option(help: ArgumentHelp("With --check, warn of a certificate that has waited for so many hours.", valueName: "hours"))
    var warningAge: Int?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard warningAge == nil || check else { throw ValidationError("--warning-age goes with --check") }
    }

    /// Milliseconds for which a log may stay unread before nobody reads it: more than a rotation makes trustd wait.
    private static let patience = 12_000

    func run() throws {
        let local = try LocalTrust(config: common.config, progress: Terminal.progress)
        if check { StatusCheck(local, warningAge: warningAge).end() }
        let configuration = local.configuration
        let (following, stuck) = try Self.look(configuration)
        let problem = Self.problem(following, stuck)
        let text = (following.status.map { [Answer.Part.text(Self.text($0, following))] } ?? []) + Self.list(configuration)
        // Who may not see the log's size does not know whether all of it is read, but it is followed.
        let isFollowing = problem == nil || problem?.exit == .notPermitted
        Terminal.show(Answer(StatusDocument(following, isFollowing: isFollowing), text), json: common.json)
        if let problem { throw problem }
    }

    /// Why the logs are not followed, or why that cannot be seen; nil when nothing is wrong. `stuck`: the logs that grow and are not read.
    static func problem(_ following: LogProgress, _ stuck: [FollowerStatus.Log]) -> Failure? {
        guard following.isAlive else { return Failure("no trustd follows the log", .notReloaded, hint: LogProgress.remedy) }
        guard let status = following.status else {
            return Failure("trustd runs but has not reported yet how far it has read", .notReloaded, hint: LogProgress.remedy)
        }
        if let log = stuck.first(where: LogProgress.isHidden) {
            return Failure(
                "\(Printable(log.name)) exists, but trustd does not see it", .notReloaded,
                hint: "systemctl restart trustd; when that does not help, see trustd(8), Logs elsewhere")
        }
        // Before what follows from it.
        if let log = status.logs.first(where: { $0.trouble != nil && $0.trouble != FollowerStatus.Log.missing }), let trouble = log.trouble
        {
            let name = Printable(log.name).description
            let text = Printable(trouble, limit: 400).description
            return Failure(text.contains(name) ? text : "\(name): \(text)", .notReloaded, hint: remedy(of: trouble))
        }
        if let log = stuck.first {
            return Failure("\(Printable(log.name)) grows, but trustd does not read it", .notReloaded, hint: LogProgress.remedy)
        }
        guard let error = status.logs.lazy.compactMap({ following.obstacle(to: $0) }).first else { return nil }
        return Failure(
            "\(error): how much of it is unread is not known", .notPermitted,
            hint: "run this as root, or as a member of the log's group")
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
    static func look(_ configuration: Configuration) throws(Failure) -> (LogProgress, stuck: [FollowerStatus.Log]) {
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

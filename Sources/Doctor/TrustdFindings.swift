import Host
import SystemPackage
import Trust
import TrustCore

/// Judges trustd by what can be seen of it.
struct TrustdFindings {
    /// What can be seen of it.
    struct Facts {
        /// The account as which it runs, or would run; nil when there is no such user.
        var account: Account?
        var isRunning: Bool
        /// The logs in its saved position; nil without one.
        var followed: Set<String>?
        /// Exim's main log; nil when it is not known or not a file.
        var log: FilePath?
        var configured: [FilePath]
        var isBehind: Bool
        /// Whether it runs in a sandbox that does not show it the folder of Exim's log.
        var isHidden = false
        /// What it says itself of the logs that it follows.
        var troubles: [(log: String, trouble: String)] = []
        /// Why it cannot read Exim's log.
        var unreadable: SystemError?
        /// The group that may read logs here, if trustd is in it.
        var readersGroup: String
        var hasSystemd: Bool
        /// The systemd unit to which the running trustd belongs, without `.service`.
        var unit = "trustd"
        var config: FilePath
    }

    let facts: Facts

    var findings: [Finding] {
        var findings: [Finding] = []
        if facts.account == nil {
            findings.append(
                Finding(
                    .error, "no-user", "there is no user trustd", "trustd cannot run, and nobody owns the queue",
                    mend: "`systemd-sysusers /etc/sysusers.d/trustd.conf`"))
        }
        if !facts.isRunning {
            findings.append(
                Finding(
                    .error, "trustd-not-running", "trustd does not run",
                    "new clients do not appear in the queue (it will read the log when it starts)",
                    mend: start))
        } else if facts.account?.user == 0 {
            findings.append(
                Finding(
                    .warning, "trustd-is-root", "trustd runs as root",
                    "it reads what strangers wrote, so a fault in it would give them root",
                    mend: "run it as user trustd, as its unit does"))
        }
        if let log = facts.log {
            if !facts.configured.contains(log) {
                findings.append(
                    Finding(
                        .error, "log-not-followed",
                        "exim writes \(log), but trustd.conf names \(facts.configured.map(\.string).joined(separator: ", "))",
                        "new clients do not appear in the queue", mend: "`log = \(log)` in \(facts.config), then \(restart)"))
            } else if facts.isRunning, let followed = facts.followed, !followed.contains(log.string) {
                findings.append(
                    Finding(
                        .error, "trustd-not-restarted",
                        "trustd follows \(followed.sorted().map { Printable($0).description }.joined(separator: ", ")), not what trustd.conf says now",
                        "new clients do not appear in the queue", mend: restart))
            }
            if let unreadable = facts.unreadable, !unreadable.isMissing {
                let folder = log.removingLastComponent()
                let group = facts.readersGroup
                findings.append(
                    Finding(
                        .error, "log-unreadable", "\(facts.account?.name ?? "trustd") cannot read exim's log: \(unreadable)",
                        "new clients do not appear in the queue",
                        mend:
                            "`chgrp \(group) \(folder) && chmod g+rxs \(folder) && chgrp \(group) \(folder)/*log* && chmod g+r \(folder)/*log*`"
                    ))
            } else if facts.isHidden {
                findings.append(
                    Finding(
                        .error, "log-hidden", "\(log.removingLastComponent()) is not what trustd sees under that name",
                        "new clients do not appear in the queue",
                        mend: "\(restart); when that does not help, its unit does not show it that folder: see trustd(8), Logs elsewhere"))
            } else if facts.isRunning, facts.isBehind {
                findings.append(
                    Finding(
                        .error, "trustd-behind", "trustd does not read what exim wrote to \(log)",
                        "new clients do not appear in the queue",
                        mend: "see `systemctl status \(facts.unit)` and `journalctl -u \(facts.unit)`; \(restart)"))
            }
        }
        return findings
            + facts.troubles.compactMap { Self.judge($0.log, $0.trouble) }.map { problem, id, mend in
                Finding(.error, id, problem, "new clients do not appear in the queue", mend: "\(mend), then \(restart)")
            }
    }

    /// What only trustd can see, because it alone reads logs.
    private static func judge(_ log: String, _ trouble: String) -> (problem: String, id: String, mend: String)? {
        let problem = "\(Printable(log)): \(Printable(trouble, limit: 400))"
        if trouble.hasPrefix(FollowerStatus.Log.strange) {
            return (
                problem, "log-form-unknown", "have it written in a form that trustd(8), Log lines, names, or name another file as `log`"
            )
        }
        if trouble == FollowerStatus.Log.stale { return (problem, "log-mounted-alone", "mount the folder of the log instead of the file") }
        guard trouble.hasSuffix(FollowerStatus.Log.notAFile) else { return nil }
        return (Printable(trouble, limit: 400).description, "log-not-a-file", "name a file as `log`")
    }

    private var start: String {
        facts.hasSystemd
            ? "`systemctl enable --now \(facts.unit)`"
            : "start `trustd --config \(facts.config)` as user \(facts.account?.name ?? "trustd"), in group \(facts.readersGroup)"
    }

    private var restart: String { facts.hasSystemd ? "`systemctl restart \(facts.unit)`" : "start trustd again" }
}

import Doctor
import Status
import Trust
import TrustCore

extension Measurements {
    /// More logs than anybody has: trustd's status is another user's file.
    private static let mostLogs = 16

    func text(_ format: Exposition.Format) -> String {
        var metrics = Exposition(format)
        metrics.add("trustctl_build_info", .gauge, "The version of trustctl.", [([("version", Version.current)], 1)])
        metrics.add(
            "trustctl_readable", .gauge, "Whether the files with these numbers can be read.",
            readable.map { ([("part", $0)], $1 ? 1 : 0) })
        fleet?.add(to: &metrics, now: now)
        // A console has no trustd.
        if let follower, fleet?.isConsole != true { add(follower, to: &metrics) }
        if let books { add(books, to: &metrics) }
        if let doctor {
            metrics.add("trustctl_doctor_run_timestamp_seconds", .gauge, "When the doctor looked last.", doctor.time.seconds)
            metrics.add(
                "trustctl_doctor_findings", .gauge, "What the doctor found, by severity.",
                Finding.Severity.allCases.map { ([("severity", $0.rawValue)], Double(doctor.count($0))) })
            metrics.add(
                "trustctl_doctor_finding", .gauge, "What the doctor found, by the word of trustctl-doctor(8).",
                doctor.kinds.map { ([("severity", $0.severity.rawValue), ("finding", $0.id)], Double($0.count)) })
        }
        return metrics.text
    }

    /// A console has no trustd, and most hosts belong to no fleet.
    private var readable: [(String, Bool)] {
        var parts = [("books", books != nil), ("queue", books?.isQueueReadable ?? false), ("doctor", doctor != nil)]
        if fleet?.isConsole != true { parts.insert(("follower", follower?.status != nil), at: 0) }
        if fleet != nil || fleetFailure != nil { parts.append(("fleet", fleet != nil)) }
        return parts
    }

    private func add(_ follower: LogProgress, to metrics: inout Exposition) {
        metrics.add("trustd_running", .gauge, "Whether a trustd runs.", follower.isAlive ? 1 : 0)
        guard let status = follower.status else { return }
        metrics.add("trustd_start_timestamp_seconds", .gauge, "When trustd was started.", status.since.seconds)
        var refused: [String: UInt64] = Dictionary(uniqueKeysWithValues: Refusal.forLackOfRoom.map { ($0, 0) })
        // Any other word may be somebody else's: the status is another user's file.
        for (reason, count) in status.refused { refused[Refusal.forLackOfRoom.contains(reason) ? reason : "other", default: 0] &+= count }
        metrics.add(
            "trustd_refused_sightings", .counter, "Sightings that found no room in the queue.",
            refused.sorted { $0.key < $1.key }.map { ([("reason", $0.key)], Double($0.value)) })
        let logs = status.logs.prefix(Self.mostLogs).enumerated()
        func each(_ name: String, _ kind: Exposition.Kind, _ help: String, _ value: (FollowerStatus.Log) -> Double?) {
            metrics.add(name, kind, help, logs.compactMap { index, log in value(log).map { ([("log", "\(index + 1)")], $0) } })
        }
        each("trustd_log_readable", .gauge, "Whether trustd can read the log; numbered as in trustd.conf.") { $0.trouble == nil ? 1 : 0 }
        each("trustd_log_unread_bytes", .gauge, "How much of the log trustd has not read.") { log in
            follower.lag(of: log).map { Double($0.bytes) }
        }
        each("trustd_log_behind_seconds", .gauge, "Seconds since nothing of the log was unread.") { log in
            follower.lag(of: log).map { Double($0.seconds) }
        }
        each("trustd_log_lines", .counter, "Lines that were read.") { Double($0.counts.lines) }
        each("trustd_log_sightings", .counter, "Lines in which a certificate asked to relay.") { Double($0.counts.sightings) }
        each("trustd_log_rotations", .counter, "Rotations of the log.") { Double($0.counts.rotations) }
        each("trustd_log_truncations", .counter, "Truncations of the log.") { Double($0.counts.truncations) }
        each("trustd_log_gaps", .counter, "Places at which something of the log was missed.") { Double($0.counts.gaps) }
        each("trustd_log_lost_lines", .counter, "Lines that could not be read whole.") { Double($0.counts.lost) }
    }

    private func add(_ books: Figures, to metrics: inout Exposition) {
        let ages = books.pending.map { now.seconds - $0.seconds }
        func pending(_ age: String, _ range: Range<Int64>) -> (labels: [(String, String)], value: Double) {
            ([("age", age)], Double(ages.filter { range.contains(max(0, $0)) }.count))
        }
        metrics.add(
            "trustctl_pending", .gauge, "Certificates that wait for a decision, by the time since they were first seen.",
            [
                pending("hour", 0..<3_600), pending("day", 3_600..<86_400), pending("week", 86_400..<604_800),
                pending("older", 604_800..<Int64.max),
            ])
        metrics.add("trustctl_pending_oldest_seconds", .gauge, "Seconds since the oldest of them was first seen.", oldestPending)
        metrics.add("trustctl_approved", .gauge, "Certificates that may relay.", books.approved)
        metrics.add("trustctl_denied", .gauge, "Certificates that are denied.", books.denied)
        metrics.add("trustctl_list_missing", .gauge, "Whether there was a trust list and is none.", books.isListMissing ? 1 : 0)
        metrics.add(
            "trustctl_approved_ending", .gauge, "Approved certificates that end within so many days.",
            [1, 7, 30].map { ([("days", "\($0)")], Double(ending(withinDays: $0))) })
        metrics.add(
            "trustctl_approved_next_end_timestamp_seconds", .gauge, "When the next approved certificate ends.",
            books.ends.filter { $0 >= now }.min()?.seconds)
        metrics.add(
            "trustctl_decisions", .counter, "Decisions in the ledger, by kind.",
            books.decisions.sorted { $0.key.rawValue < $1.key.rawValue }.map { ([("action", $0.key.rawValue)], Double($0.value)) })
        metrics.add("trustctl_last_decision_timestamp_seconds", .gauge, "When the last decision was done.", books.lastDecision?.seconds)
        metrics.add(
            "trustctl_last_reload_proof_timestamp_seconds", .gauge, "When Exim was last seen to have read a changed list.",
            books.lastProof?.seconds)
    }
}

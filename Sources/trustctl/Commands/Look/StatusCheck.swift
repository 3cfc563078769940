import Doctor
import FleetHost
import Glibc
import Host
import Status
import Trust
import TrustCore

/// `trustctl status --check`: one line, performance data, and an exit status as the Monitoring Plugins' guidelines want them
/// (https://www.monitoring-plugins.org/doc/guidelines.html, “Plugin Output” and “Plugin Return Codes”).
struct StatusCheck {
    enum Verdict: Int32, Comparable {
        case ok = 0, warning, critical, unknown

        var word: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }

        static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }
    }

    private(set) var verdict = Verdict.ok
    private(set) var reasons: [String] = []
    private var measurements: Measurements

    /// `warningAge`: the hours after which a pending certificate is worth a warning.
    init(_ local: LocalTrust, warningAge: Int?) {
        measurements = Measurements(local)
        do throws(Failure) {
            let (following, stuck) = try StatusCommand.look(local.configuration)
            measurements.follower = following
            // A console has no trustd.
            if let problem = StatusCommand.problem(following, stuck), measurements.fleet?.isConsole != true {
                add(problem.exit == .notPermitted ? .unknown : .critical, problem.reason)
            }
        } catch {
            if measurements.fleet?.isConsole != true { add(error.exit == .notPermitted ? .unknown : .critical, error.reason) }
        }
        if let failure = measurements.failure { add(failure.exit == .notPermitted ? .unknown : .critical, failure.reason) }
        judge(full: local.configuration.maxPending, warningAge)
        if let failure = measurements.fleetFailure {
            add(failure.exit == .notPermitted ? .unknown : .critical, "the fleet's decisions cannot be read: \(failure.reason)")
        }
        if let fleet = measurements.fleet { for (verdict, reason) in Self.judgements(of: fleet) { add(verdict, reason) } }
    }

    /// What is wrong in a fleet, the worst first.
    static func judgements(of fleet: FleetFigures) -> [(Verdict, String)] {
        func list(_ names: [String]) -> String {
            names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
        }
        var judgements: [(Verdict, String)] = []
        let again = fleet.trustedAgain
        if let first = again.first {
            judgements.append((.critical, "TRUSTED AGAIN: \(first.prefix(16))\(again.count > 1 ? " and \(again.count - 1) more" : "")"))
        }
        let trusting = fleet.trusting
        if !trusting.isEmpty {
            judgements.append((.critical, "what was revoked may be STILL TRUSTED on \(list(trusting.map(\.name)))"))
        }
        let late = fleet.late
        if !late.isEmpty {
            judgements.append((.warning, "not live: \(list(late.map { "\($0.name) (\($0.standing.rawValue))" }))"))
        }
        if fleet.isConnected == false { judgements.append((.warning, "the fleet's database is not connected")) }
        return judgements
    }

    private mutating func judge(full: Int, _ warningAge: Int?) {
        guard let books = measurements.books else { return }
        if books.isListMissing { add(.critical, "the trust list is missing") }
        if !books.isQueueReadable { add(.critical, "the queue cannot be read") }
        if books.pending.count >= full { add(.warning, "the queue is full") }
        if let warningAge, let oldest = measurements.oldestPending, oldest >= Int64(warningAge) * 3_600 {
            add(.warning, "a certificate has waited for \(oldest / 3_600) hours")
        }
        let ending = measurements.ending(withinDays: 7)
        if ending > 0 { add(.warning, "\(ending) approved end\(ending == 1 ? "s" : "") within 7 days") }
        let errors = measurements.doctor?.count(.error) ?? 0
        if errors > 0 { add(.warning, "doctor found \(errors) error\(errors == 1 ? "" : "s")") }
    }

    private mutating func add(_ verdict: Verdict, _ reason: String) {
        // What is known to be wrong counts more than what is not known.
        if self.verdict != .critical { self.verdict = verdict == .critical ? .critical : max(self.verdict, verdict) }
        reasons.append(reason)
    }

    /// The line. A bar begins the performance data, so none is in the text.
    var text: String {
        let books = measurements.books
        let status = measurements.follower?.status
        let logs = status?.logs ?? []
        let lags = logs.compactMap { measurements.follower?.lag(of: $0) }
        var numbers: [String] = []
        if let books {
            numbers += ["pending=\(books.pending.count);;;0", "approved=\(books.approved);;;0", "denied=\(books.denied);;;0"]
            numbers.append("ending=\(measurements.ending(withinDays: 30));;;0")
        }
        if let status { numbers.append("refused=\(status.refused.values.reduce(0, &+))c") }
        if !logs.isEmpty {
            numbers.append("sightings=\(logs.reduce(0) { $0 &+ $1.counts.sightings })c")
            numbers.append("unread=\(lags.reduce(0) { $0 &+ $1.bytes })B;;;0")
            numbers.append("behind=\(lags.map(\.seconds).max() ?? 0)s;;;0")
        }
        if let fleet = measurements.fleet {
            let live = fleet.members.count { $0.standing == .live }
            numbers += ["members=\(fleet.memberCount);;;0", "live=\(live);;;0", "late=\(fleet.late.count);;;0"]
        }
        let summary = books.map { "\($0.pending.count) pending, \($0.approved) approved" }
        let said = (reasons + [summary].compactMap { $0 }).joined(separator: "; ")
        let words = Printable(said, limit: 400).description.map { $0 == "|" ? "/" : $0 }
        return "TRUSTD \(verdict.word) - \(String(words))" + (numbers.isEmpty ? "" : " | " + numbers.joined(separator: " ")) + "\n"
    }

    func end() -> Never {
        Output.write(text)
        Glibc.exit(verdict.rawValue)
    }
}

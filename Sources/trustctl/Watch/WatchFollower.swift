import FleetHost
import Host
import Status
import TrustCore

/// What `trustctl watch` says of trustd; at a console of a fleet, which has none, of its trustsync.
struct WatchFollower {
    struct Line: Equatable {
        let text: String
        /// Whether somebody should do something about it.
        let isBad: Bool
    }

    private let configuration: Configuration
    private let console: LocalFleet?
    private var carriage: Carriage?
    private var progress: Result<LogProgress, Failure>?
    private var rate = LineRate()

    init(_ configuration: Configuration, console: LocalFleet? = nil) { (self.configuration, self.console) = (configuration, console) }

    /// Reads trustd's files and the sizes of the logs, or trustsync's status.
    mutating func look(at now: Duration) {
        if let console {
            carriage = console.carriage
            return
        }
        let looked = Result { () throws(Failure) in try LogProgress(configuration) }
        progress = looked
        if case .success(let following) = looked, let status = following.status {
            rate.take(status.logs.reduce(0) { $0 &+ $1.counts.lines }, at: now)
        }
    }

    func line(at now: Duration) -> Line {
        if console != nil { return carriage.map { Self.line($0) } ?? Line(text: "", isBad: false) }
        switch progress {
        case nil: return Line(text: "", isBad: false)
        case .failure(let failure): return Line(text: failure.reason, isBad: true)
        case .success(let following):
            let problem = StatusCommand.problem(following, [])
            if let problem, problem.exit != .notPermitted {
                return Line(text: "\(problem.reason): `trustctl status` says more", isBad: true)
            }
            let lags = problem == nil ? following.status?.logs.compactMap { following.lag(of: $0) } : nil
            return Line(text: Self.text(lags.map { Self.sum($0) }, rate.perSecond(at: now)), isBad: false)
        }
    }

    /// `the fleet's database: connected to db.example.org since 2026-11-30T02:11:07Z, notified`
    private static func line(_ carriage: Carriage) -> Line {
        guard let words = carriage.words else { return Line(text: "no database: the fleet's decisions are carried by hand", isBad: false) }
        return Line(text: "the fleet's database: \(words)", isBad: carriage.isAway)
    }

    /// When the line changes by itself.
    func change(after now: Duration) -> Duration? { rate.change(after: now) }

    private static func sum(_ lags: [LogProgress.Lag]) -> (bytes: UInt64, seconds: Int64) {
        (lags.reduce(0) { $0 &+ $1.bytes }, lags.map(\.seconds).max() ?? 0)
    }

    /// `trustd follows: nothing unread, 12 lines a second`. `lag` is nil for somebody who may not see the log.
    static func text(_ lag: (bytes: UInt64, seconds: Int64)?, _ rate: Double?) -> String {
        let behind =
            switch lag {
            case .none: "how much is unread only root can see"
            case .some((0, _)): "nothing unread"
            case .some((let bytes, let seconds)): "\(bytes) bytes unread, \(seconds) s behind"
            }
        let lines = rate.map { rate -> String in
            guard rate > 0 else { return ", no new lines" }
            guard rate < 10 else { return ", \(Int(min(rate, 1e12).rounded())) lines a second" }
            let tenths = max(1, Int((rate * 10).rounded()))
            return ", \(tenths / 10).\(tenths % 10) lines a second"
        }
        return "trustd follows: \(behind)\(lines ?? "")"
    }
}

extension WatchFollower.Line {
    /// `signed; live on 1 of 3; waits for mx2, mx3`
    init(answers report: SpreadReport) {
        let again = report.spread.trustedAgain.map { "; \(Printable($0, limit: 200))" }.joined()
        text = "signed; \(report.sentence(isOver: false))\(again)"
        isBad = !report.spread.lost.isEmpty || report.spread.carriage.isAway || !again.isEmpty
    }
}

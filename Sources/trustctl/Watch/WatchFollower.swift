import Host
import Status
import TrustCore

/// What `trustctl watch` says of trustd.
struct WatchFollower {
    struct Line: Equatable {
        let text: String
        /// Whether somebody should do something about it.
        let isBad: Bool
    }

    private let configuration: Configuration
    private var progress: Result<LogProgress, Failure>?
    private var rate = LineRate()

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// Reads trustd's files and the sizes of the logs.
    mutating func look(at now: Duration) {
        let looked = Result { () throws(Failure) in try LogProgress(configuration) }
        progress = looked
        if case .success(let following) = looked, let status = following.status {
            rate.take(status.logs.reduce(0) { $0 &+ $1.counts.lines }, at: now)
        }
    }

    func line(at now: Duration) -> Line {
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

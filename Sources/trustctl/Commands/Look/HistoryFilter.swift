import ArgumentParser
import Host
import Trust
import TrustCore

/// Which of many decisions somebody wants.
struct HistoryFilter: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only those about this certificate: a fingerprint, its beginning, or a label.", valueName: "fp"),
        completion: Candidates.waiting)
    var about: String?

    @Option(
        help: ArgumentHelp("Only those in which a certificate has, or had, this label.", valueName: "name"), completion: Candidates.approved
    )
    var label: String?

    @Option(help: ArgumentHelp("Only those of this operator.", valueName: "name"))
    var by: String?

    @Option(
        help: ArgumentHelp("Only those since then: 10m, 2h, 3d or 2w ago, a date, or a time like 2026-11-28T05:17:48Z.", valueName: "when"))
    var since: Moment?

    @Option(help: ArgumentHelp("Only those until then, a date with that day.", valueName: "when"), transform: Self.last)
    var until: Moment?

    private static func last(_ text: String) throws -> Moment {
        guard let moment = Moment(argument: text + "T23:59:59Z") ?? Moment(argument: text) else {
            throw ValidationError("--until takes 3d or a date")
        }
        return moment
    }

    /// Whether it leaves any out.
    var isNarrow: Bool { about != nil || label != nil || by != nil || since != nil || until != nil }

    /// Whether a decision is wanted.
    func wanted(_ register: Register) throws(Failure) -> (LedgerEntry) -> Bool {
        let now = Timestamp.now
        let fingerprint = try about.map { text throws(Failure) in try FingerprintReference.resolve(text, in: register) }
        let (first, last) = (since?.timestamp(now: now), until?.timestamp(now: now))
        return { entry in
            let decision = entry.decision
            if let fingerprint, !decision.subjects.contains(where: { $0.fingerprint == fingerprint }) { return false }
            if let label, !decision.subjects.contains(where: { $0.label == label || $0.termsBefore.label == label }) { return false }
            if let by, !decision.operator.names.contains(by) { return false }
            guard let time = Timestamp(rfc3339: entry.time) else { return first == nil && last == nil }
            return first.map { time >= $0 } ?? true && last.map { time <= $0 } ?? true
        }
    }
}

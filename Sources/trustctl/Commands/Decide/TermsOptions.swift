import ArgumentParser
import Trust
import TrustCore

/// How long an approval lasts, and what to remember of it.
struct TermsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The last day on which it may relay, e.g. 2027-03-31, or a moment like 2027-03-31T12:00:00Z, in UTC; never: without an end.",
            valueName: "date"))
    var until: EndOfApproval?

    @Option(name: .customLong("for"), help: ArgumentHelp("For how long it may relay from now on: 12h, 90d, 8w.", valueName: "time"))
    var span: TimeSpan?

    @Option(help: ArgumentHelp("What you want to remember of it.", valueName: "text"))
    var note: String?

    func validate() throws {
        guard until == nil || span == nil else { throw ValidationError("--until and --for exclude each other") }
        if let span, span.seconds < 60 { throw ValidationError("--for takes a minute or more") }
        if case .at(let moment) = until, moment < .now { throw ValidationError("--until \(moment) is over already") }
        if let note, let fault = Terms.fault(ofNote: note) { throw ValidationError("--\(fault)") }
    }

    var areEmpty: Bool { until == nil && span == nil && note == nil }

    func end(now: Timestamp) -> Setting<Timestamp> {
        if let span { return .set(Timestamp(seconds: now.seconds + span.seconds)) }
        switch until {
        case .at(let moment): return .set(moment)
        case .never: return .removed
        case nil: return .kept
        }
    }
}

/// When an approval ends.
enum EndOfApproval: Equatable, ExpressibleByArgument {
    case never
    /// The last moment.
    case at(Timestamp)

    init?(argument: String) {
        if argument == "never" {
            self = .never
        } else if let moment = Timestamp(rfc3339: argument) ?? Timestamp(rfc3339: argument + "T23:59:59Z") {
            self = .at(moment)
        } else {
            return nil
        }
    }
}

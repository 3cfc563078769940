import ArgumentParser
import Certificates
import EximControl
import Trust
import TrustCore

/// Which of many records somebody wants, and in which order.
struct ListFilter: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only those with this text, in letters of either case: in fingerprint, label, subject, address, reason or a warning.",
            valueName: "text"))
    var grep: String?

    @Option(
        help: ArgumentHelp(
            "Only those seen or decided since then: 10m, 2h, 3d or 2w ago, a date, or a time like 2026-11-28T05:17:48Z.", valueName: "when")
    )
    var since: Moment?

    @Option(
        help: ArgumentHelp(
            "The order: seen or decided (the latest first), first (seen first), count (the most first), name or from.", valueName: "by"))
    var sort: ListOrder?

    func validate() throws {
        if let grep, grep.isEmpty || grep.utf8.count > 1_000 { throw ValidationError("--grep takes 1 to 1000 bytes") }
    }

    /// Whether it leaves any out.
    var isNarrow: Bool { grep != nil || since != nil }

    /// Whether it wants `record`, about which lists say `warnings`.
    func wants(_ record: Record, _ warnings: Warnings, now: Timestamp) -> Bool {
        if let since {
            let times = [record.lastSeen, record.decided?.time ?? (record.isRevoked ? record.last?.time : nil)]
            guard times.contains(where: { $0.flatMap { Timestamp(rfc3339: $0) }.map { $0 >= since.timestamp(now: now) } ?? false }) else {
                return false
            }
        }
        guard let text = grep?.lowercased() else { return true }
        let digits = Fingerprint.hexDigits(of: text)
        let isHex = digits.count >= 4 && digits.allSatisfy { (48...57).contains($0) || (65...70).contains($0) }
        if isHex, record.fingerprint.description.contains(String(decoding: digits, as: UTF8.self)) { return true }
        let facts = record.seen
        let texts = [record.label, record.stateName, record.outline?.subject, record.shownTitle, record.last?.reason, record.last?.by]
        let seen = facts.addresses + [facts.observed?.address, facts.observed?.helo, facts.observed?.domain].compactMap { $0 }
        let all = texts.compactMap { $0 } + seen + (facts.observed?.oneOf ?? []) + warnings.brief(for: record)
        return all.contains { $0.lowercased().contains(text) }
    }
}

/// The orders of `list --sort`. What is equal is in the order of the fingerprints.
enum ListOrder: String, CaseIterable, ExpressibleByArgument {
    case seen, first, count, name, from, decided

    /// What is compared: a smaller one comes first.
    enum Key: Comparable {
        case number(Int64)
        case text(String)
        /// Not known: last of all.
        case none
    }

    func key(of record: Record) -> Key {
        func latest(_ time: String?) -> Key { time.flatMap { Timestamp(rfc3339: $0) }.map { .number(-$0.seconds) } ?? .none }
        switch self {
        case .seen: return latest(record.lastSeen)
        case .first: return latest(record.seen.firstSeen)
        case .count: return record.seen.sightings.map { .number(-Int64(clamping: $0)) } ?? .none
        case .name: return (record.label ?? record.shownTitle).map { .text($0.lowercased()) } ?? .none
        case .from: return (record.seen.addresses.last ?? record.seen.observed?.address).map { .text($0) } ?? .none
        case .decided: return latest(record.last?.time ?? record.item?.note.map { "\($0.day)T00:00:00Z" })
        }
    }
}

/// A moment as an operator names it: how long ago, or when.
struct Moment: Equatable, ExpressibleByArgument {
    private enum Form: Equatable {
        case ago(TimeSpan)
        case at(Timestamp)
    }

    private let form: Form

    /// `10m`, `2h`, `3d`, `2w`, `2026-11-28` or `2026-11-28T05:17:48Z`.
    init?(argument: String) {
        if let time = Timestamp(rfc3339: argument) ?? Timestamp(rfc3339: argument + "T00:00:00Z") {
            form = .at(time)
            return
        }
        guard let span = TimeSpan(argument: argument) else { return nil }
        form = .ago(span)
    }

    func timestamp(now: Timestamp) -> Timestamp {
        switch form {
        case .ago(let span): Timestamp(seconds: now.seconds - span.seconds)
        case .at(let time): time
        }
    }
}

import Glibc
import TrustCore

/// What `trustctl list` shows.
struct Listing: Equatable {
    var wanted = Wanted.pending
    var json = false
    var config: String?

    enum Wanted: String, CaseIterable {
        case pending, approved, denied, all
    }

    func show() throws(Failure) {
        let register = try Session(config: config).look()
        // trustd's user must not be able to hide who is trusted.
        if wanted == .approved || wanted == .denied { register.warnOfQueue() } else { try register.requireQueue() }
        let records = register.records.values.filter { $0.state != .none && (wanted == .all || $0.state.rawValue == wanted.rawValue) }
            .map { (lastSeen: $0.lastSeen ?? "", fingerprint: $0.fingerprint) }
            .sorted { ($0.lastSeen, $0.fingerprint) < ($1.lastSeen, $1.fingerprint) }
            .compactMap { register.records[$0.fingerprint] }
        let warnings = Warnings(register)
        if json { return Output.write(JSON.text(EntriesDocument(entries: records.map { .init(record: $0, warnings: warnings) }))) }
        if records.isEmpty { return Progress.say(wanted == .all ? "nothing is known yet" : "nothing is \(wanted.rawValue)") }
        let style = Style(for: STDOUT_FILENO)
        Output.write(
            records.map { Summary(record: $0, warnings: warnings.brief(for: $0), style: style, withState: wanted == .all).text }.joined(
                separator: "\n"))
        // Which way it is decides what an approved certificate needs; the ledger knows it without Exim.
        if wanted == .approved || wanted == .all, let way = register.ledger.decisions.last(where: { $0.setup != nil })?.setup?.trust {
            Progress.say("Exim trusts by \(way.rawValue)")
        }
    }
}

extension Listing {
    /// The listing that these arguments ask for, when they do it in the plainest way: `list`, then options in full.
    ///
    /// The parser of arguments takes a third of such a run, and a monitor asks many times a minute. It has the word in all other cases, for
    /// mistakes too.
    init?(plain arguments: [String]) {
        guard arguments.first == "list" else { return nil }
        var rest = arguments.dropFirst()
        while let option = rest.popFirst() {
            switch option {
            case "--json": json = true
            case "--config":
                guard let file = rest.popFirst(), !file.hasPrefix("-") else { return nil }
                config = file
            case "--state":
                guard let state = rest.popFirst().flatMap(Wanted.init(rawValue:)) else { return nil }
                wanted = state
            default: return nil
            }
        }
    }
}

/// A record in a few lines: the whole fingerprint, to copy and to compare, and what one recognises it by.
struct Summary {
    let record: Record
    let warnings: [String]
    let style: Style
    let withState: Bool

    var text: String {
        var lines = [style.bold(record.fingerprint.description) + (withState ? " \(record.state.rawValue)" : "")]
        if record.state == .approved { lines.append("  " + approved) }
        if record.state == .denied { lines.append("  " + denied) }
        if let outline = record.outline { lines.append("  \(Printable(outline.subject, limit: 100)), until \(outline.notAfter.day)") }
        let facts = Facts(record)
        if let count = facts.sightings, let last = facts.lastSeen {
            var line = "  seen \(count == 1 ? "once" : "\(count) times"), last \(last)"
            if let address = facts.addresses.last { line += " from \(Printable(address))" }
            if facts.addresses.isEmpty, let observed = facts.observed?.address { line += " from \(Printable(observed)) (observed)" }
            lines.append(line)
        }
        lines += warnings.map { style.warning("  warning: \($0)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var approved: String {
        let label = record.item?.label.map { Printable($0, limit: 100).description + ", " } ?? ""
        if let note = record.item?.note { return "\(label)approved \(note.day) by \(Printable(note.by, limit: 64))" }
        if let decision = record.decision, decision.subject.after == .approved {
            return "\(label)approved \(decision.decision.time.prefix(10)) by \(Printable(decision.decision.operator.described, limit: 64))"
        }
        return "\(label)approved by hand"
    }

    private var denied: String {
        guard let decision = record.decision?.decision else { return "denied by hand" }
        let reason = decision.reason.map { ": \(Printable($0))" } ?? ""
        return "denied \(decision.time.prefix(10)) by \(Printable(decision.operator.described, limit: 64))\(reason)"
    }
}

import ArgumentParser
import Glibc
import TrustCore

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows what waits for a decision, or what was decided.",
        discussion: "Needs neither Exim nor root; members of group trustd may look.")

    enum Wanted: String, ExpressibleByArgument, CaseIterable {
        case pending, approved, denied, all
    }

    @Option(help: "Which: pending, approved, denied or all.")
    var state = Wanted.pending

    @OptionGroup var common: CommonOptions

    func run() throws {
        let register = try Session(config: common.config).look()
        // trustd's user must not be able to hide who is trusted.
        if state == .approved || state == .denied { register.warnOfQueue() } else { try register.requireQueue() }
        let records = register.records.values.filter { $0.state != .none && (state == .all || $0.state.rawValue == state.rawValue) }
            .map { (lastSeen: $0.lastSeen ?? "", fingerprint: $0.fingerprint) }
            .sorted { ($0.lastSeen, $0.fingerprint) < ($1.lastSeen, $1.fingerprint) }
            .compactMap { register.records[$0.fingerprint] }
        let warnings = Warnings(register)
        if common.json { return Output.write(JSON.text(EntriesDocument(entries: records.map { .init(record: $0, warnings: warnings) }))) }
        if records.isEmpty { return Progress.say(state == .all ? "nothing is known yet" : "nothing is \(state.rawValue)") }
        let style = Style(for: STDOUT_FILENO)
        Output.write(
            records.map { Summary(record: $0, warnings: warnings.brief(for: $0), style: style, withState: state == .all).text }.joined(
                separator: "\n"))
    }
}

/// A record in a few lines: the whole fingerprint, to copy and to compare, and what one recognises it by.
private struct Summary {
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

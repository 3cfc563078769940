import Certificates
import EximControl
import Trust
import TrustCore

/// A record in a few lines: the whole fingerprint, to copy and to compare, and what one recognises it by.
struct Summary {
    let record: Record
    let warnings: [String]
    let style: Style
    let withState: Bool
    var renewal: Renewal?

    var text: String {
        var lines = [style.bold(record.fingerprint.description) + (withState ? " \(record.stateName)" : "")]
        if record.state == .approved { lines.append("  " + approved) }
        if let ways = record.waysIn, !ways.names.isEmpty, let words = ways.words { lines.append("  let in by \(words)") }
        if let until = record.terms.until { lines.append("  until \(until)") }
        if let note = record.terms.note { lines.append("  note: \(Printable(note))") }
        if record.state == .denied { lines.append("  " + denied) }
        if record.isRevoked, let last = record.last {
            let label = record.label.map { Printable($0, limit: 100).description + ", " } ?? ""
            lines.append("  \(label)\(last.past)\(last.reason.map { ": \(Printable($0))" } ?? "")")
        }
        if record.isRevoked, record.last == nil, let words = record.revokedByFleet { lines.append("  " + words) }
        if let outline = record.outline { lines.append("  \(record.shownTitle ?? "none"), until \(outline.notAfter.day)") }
        let facts = record.seen
        if let count = facts.sightings, let last = facts.lastSeen {
            var line = "  seen \(count == 1 ? "once" : "\(count) times")\(record.relayWords.map { " by \($0)" } ?? ""), last \(last)"
            if let address = facts.addresses.last { line += " from \(Printable(address))" }
            if facts.addresses.isEmpty, let observed = facts.observed?.address { line += " from \(Printable(observed)) (observed)" }
            if facts.addresses.isEmpty, let oneOf = facts.observed?.oneOf {
                line += " from one of \(Printable(oneOf.joined(separator: ", "))) (observed)"
            }
            lines.append(line)
        }
        if let renewal { lines.append("  renews \(renewal.name) (\(renewal.way.words), ends \(renewal.ends.day))") }
        lines += warnings.map { style.warning("  warning: \($0)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var approved: String {
        if let note = record.item?.note {
            let label = note.label.map { Printable($0, limit: 100).description + ", " } ?? ""
            return "\(label)approved \(note.day) by \(Printable(note.by, limit: 64))"
        }
        let label = record.label.map { Printable($0, limit: 100).description + ", " } ?? ""
        if let last = record.last, last.after == .approved {
            return "\(label)approved \(last.day) by \(Printable(last.by, limit: 64))"
        }
        return "\(label)approved by hand"
    }

    private var denied: String {
        guard let last = record.last else { return "denied by hand" }
        let reason = last.reason.map { ": \(Printable($0))" } ?? ""
        return "denied \(last.day) by \(Printable(last.by, limit: 64))\(reason)"
    }
}

extension Record {
    /// Its subject, safe to print; where that is empty, the whole certificate is read for its first name. Nil when no certificate is known.
    var shownTitle: String? {
        outline.map { $0.subject.isEmpty ? certificate?.shownTitle ?? "none" : Printable($0.subject, limit: 100).description }
    }

    /// The relays of a fleet that have it in their queues, with how often each has seen it; nil where there are none.
    var relayWords: String? {
        guard let relays, !relays.isEmpty, state != .approved else { return nil }
        let shown = relays.prefix(8).map { "\(Printable($0.relay, limit: 64)) (\($0.entry.sightings))" }.joined(separator: ", ")
        return relays.count > 8 ? "\(shown) and \(relays.count - 8) more" : shown
    }
}

import Doctor
import TrustCore

extension NotifyFacts {
    /// The days before its end at which an approved certificate is told.
    static let days: [Int64] = [30, 7, 1]
    /// An invitation waits when it was made so many seconds ago: whoever has made it knows of it.
    private static let patience: Int64 = 1_800

    /// Everything that is worth telling, whether it was told or not; the most urgent first.
    var tidings: [Tiding] {
        let all =
            stillTrusted.map(still) + troubles.map(trouble) + ofFleet + findings + invitations.compactMap(invitation) + pending.map(waiting)
            + ending.compactMap(end) + [room].compactMap { $0 }
        let order = Dictionary(uniqueKeysWithValues: Tiding.Kind.allCases.enumerated().map { ($1, $0) })
        return all.enumerated().sorted { (order[$0.element.kind] ?? 0, $0.offset) < (order[$1.element.kind] ?? 0, $1.offset) }.map(
            \.element)
    }

    private func still(_ one: Approved) -> Tiding {
        Tiding(
            kind: .stillTrusted, name: "\(one.fingerprint)",
            lines: [one.fingerprint.beginning + Printable.behind(one.label), one.why],
            command: "trustctl revoke \(one.fingerprint.beginning)")
    }

    private func trouble(_ one: Trouble) -> Tiding {
        Tiding(kind: one.kind, name: one.name, lines: [one.text] + (one.hint.map { ["hint: \($0)"] } ?? []))
    }

    private var findings: [Tiding] {
        guard let doctor else { return [] }
        return doctor.kinds.filter { $0.severity == .error }.map { kind in
            Tiding(
                kind: .doctor, name: kind.id, number: Int64(kind.count),
                lines: [kind.id + (kind.count > 1 ? ", \(kind.count) times" : "") + " (\(doctor.time))"])
        }
    }

    private func invitation(_ one: Invited) -> Tiding? {
        let shown = one.label.map { "\(QuotedText($0))" } ?? one.name
        if one.isClosed {
            return Tiding(kind: .closed, name: one.name, lines: [shown, "two have shown that they know its code; neither was admitted"])
        }
        guard one.made.seconds + Self.patience <= now.seconds, now <= one.expires else { return nil }
        return Tiding(kind: .invitation, name: one.name, lines: [shown, "open until \(one.expires)"])
    }

    private func waiting(_ one: Waiting) -> Tiding {
        var tiding = Tiding(
            kind: one.details?.renews == nil ? .pending : .renewal, name: "\(one.fingerprint)", number: one.firstSeen.seconds)
        guard let details = one.details else { return tiding }
        let count = details.sightings == 1 ? "once" : "\(details.sightings) times"
        tiding.lines = [
            one.fingerprint.beginning, "seen \(count)" + (details.from.map { " from \($0)" } ?? "") + ", first \(one.firstSeen)",
        ]
        if let old = details.renews { tiding.lines.append("renews \(QuotedText(printable: old.name)), which ends \(old.ends.day)") }
        if !details.warnings.isEmpty { tiding.lines.append("careful: \(details.warnings.joined(separator: ", "))") }
        tiding.lines.append(details.subject.map { "\(QuotedText(printable: $0))" } ?? "its certificate is not known")
        tiding.command = "trustctl show \(one.fingerprint.beginning)"
        return tiding
    }

    private func end(_ one: Approved) -> Tiding? {
        guard let ends = one.ends, case let left = ends.seconds - now.seconds, left > 0,
            let step = Self.days.lastIndex(where: { left <= $0 * 86_400 })
        else { return nil }
        return Tiding(
            kind: .ending, name: "\(one.fingerprint)", number: Int64(step) + 1,
            lines: [one.fingerprint.beginning + Printable.behind(one.label), "ends \(ends)"])
    }

    private var room: Tiding? {
        guard let refused, refused > 0 else { return nil }
        return Tiding(kind: .room, name: "refused", number: refused, lines: ["\(refused) in all since trustd was set up"])
    }
}

extension Fingerprint {
    /// The digits that every command takes.
    var beginning: String { String(description.prefix(16)) }
}

import TrustCore

/// The text of a mail: what is new, the most urgent first, with the commands to type. Pure, and without the present time: the same news make
/// the same text.
struct Digest {
    private let news: [Tiding]
    private let facts: NotifyFacts
    /// trustd.conf, which can end it.
    private let settings: String

    /// Nobody reads more at night.
    static let mostEntries = 20

    init(_ news: [Tiding], _ facts: NotifyFacts, settings: String) { (self.news, self.facts, self.settings) = (news, facts, settings) }

    /// Fixed words and numbers only.
    var subject: String {
        let parts = Tiding.Kind.allCases.compactMap { kind -> String? in
            let count = count(kind)
            return count == 0 ? nil : kind.subject(count)
        }
        return "trustd: " + parts.joined(separator: ", ")
    }

    var lines: [String] {
        var lines = ["On \(Printable(facts.host, limit: 64)):"]
        var room = Self.mostEntries
        for kind in Tiding.Kind.allCases {
            let all = news.filter { $0.kind == kind }
            guard !all.isEmpty else { continue }
            // Of those that wait, the newest first.
            let sorted = [.pending, .renewal].contains(kind) ? all.sorted { ($1.number, $0.name) < ($0.number, $1.name) } : all
            let shown = Array(sorted.prefix(room))
            room -= shown.count
            lines += [""] + Paragraph(kind.heading(all.count, waiting: facts.pending.count)).lines(of: 72)
            for tiding in shown {
                lines += tiding.lines.enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
                if let command = tiding.command, kind.isEachForItself || all.count == 1 { lines.append("    type:  " + command) }
            }
            if all.count > shown.count { lines.append("  and \(all.count - shown.count) more") }
            lines += kind.commands.map { "  type:  " + $0 }
        }
        if count(.pending) + count(.renewal) > 0 {
            lines += [
                "", "What stands in quotation marks was written by whoever made the",
                "certificate. Before you approve one, compare all 64 digits with its", "owner over another channel.",
            ]
        }
        return lines + ["", "-- ", "trustctl notify; to end it: notify_to in \(Printable(settings, limit: 200))"]
    }

    private func count(_ kind: Tiding.Kind) -> Int { news.reduce(0) { $0 + ($1.kind == kind ? 1 : 0) } }
}

extension Tiding.Kind {
    fileprivate func subject(_ count: Int) -> String {
        switch self {
        case .stillTrusted: "\(count) STILL TRUSTED"
        case .elsewhere: "\(count) STILL TRUSTED on a relay"
        case .again: "\(count) TRUSTED AGAIN"
        case .fleet: "fleet \(count)"
        case .trouble: "\(count) out of order"
        case .follower: "log not followed"
        case .doctor: "doctor \(count)"
        case .closed: "\(count) invitation\(count == 1 ? "" : "s") closed"
        case .pending: "\(count) new"
        case .renewal: "\(count) renewal\(count == 1 ? "" : "s")"
        case .invitation: "\(count) invited"
        case .ending: "\(count) ending"
        case .room: "queue full"
        }
    }

    fileprivate func heading(_ count: Int, waiting: Int) -> String {
        let what = count == 1 ? "1 certificate" : "\(count) certificates"
        switch self {
        case .stillTrusted: return "STILL TRUSTED: \(what) in the trust list that should not be there"
        case .elsewhere:
            return "STILL TRUSTED ON: what was revoked or denied may be trusted on \(count == 1 ? "a relay" : "\(count) relays")"
        case .again: return "TRUSTED AGAIN: \(what) whose revocation counts for nothing, because its key was taken out"
        case .fleet: return "THE FLEET is not everywhere as it was decided"
        case .trouble: return "OUT OF ORDER"
        case .follower: return "NEW CERTIFICATES ARE NOT SEEN"
        case .doctor: return "THE DOCTOR FOUND \(count == 1 ? "AN ERROR" : "ERRORS"), explained in trustctl-doctor(8)"
        case .closed: return "INVITATION CLOSED: somebody else has read its code; find out who"
        case .pending: return "NEW: \(what) asked to relay; \(waiting) wait\(waiting == 1 ? "s" : "") in all"
        case .renewal: return "RENEWAL: \(what) with the key of an approved one"
        case .invitation: return "INVITED: nobody has come yet"
        case .ending: return "ENDING: \(what) of clients that may relay"
        case .room: return "NO ROOM: the queue refused new certificates, and they are not listed anywhere"
        }
    }

    /// For all of a kind.
    fileprivate var commands: [String] {
        switch self {
        case .stillTrusted, .again, .trouble, .follower: []
        case .elsewhere, .fleet: ["trustctl fleet status"]
        case .doctor: ["trustctl doctor"]
        case .closed: ["trustctl invite --list", "trustctl list --long"]
        case .pending: ["trustctl review"]
        case .renewal: ["trustctl approve --renewals"]
        case .invitation: ["trustctl invite --list"]
        case .ending: ["trustctl list --state approved"]
        case .room: ["trustctl list --sort count", "trustctl forget --from ADDRESS"]
        }
    }

    /// Whether each has its own command below it.
    fileprivate var isEachForItself: Bool { self == .stillTrusted || self == .again }
}

import Host
import Trust
import TrustCore

/// What `invite` and `admit` say. A code is in none of it.
enum InvitationReport {
    /// `{"version":1,"outcome":"done","name":…}`
    private struct Document: Encodable {
        let version = 1
        let outcome: String
        let name: String
        @Nullable var label: String?
        let expires: String
        let relayFingerprint: Fingerprint
        @Nullable var fingerprint: Fingerprint?
        @Nullable var number: Int?
        let notes: [String]
        /// Only there in a fleet whose relays were waited for.
        var fleet: SpreadReport.Document?

        init(_ outcome: String, _ invitation: Invitation, _ plan: TrustPlan? = nil, notes: [String] = []) {
            self.outcome = outcome
            name = invitation.name
            label = invitation.label
            expires = invitation.expires.description
            relayFingerprint = invitation.relay
            fingerprint = plan?.fingerprints.first
            number = plan?.entry.number
            self.notes = notes
        }
    }

    /// On standard error, because of `invite` nothing but the code is on standard output.
    private static func lines(_ invitation: Invitation, _ plan: TrustPlan, _ notes: [String]) -> [String] {
        let label = Printable.behind(invitation.label)
        return plan.fingerprints.map { "done: approve \($0)\(label)" } + notes.map { "warning: \($0)" }
    }

    static func admitted(_ invitation: Invitation, _ plan: TrustPlan, _ notes: [String]) -> Answer {
        let lines = lines(invitation, plan, notes)
        return Answer(
            Document("admitted", invitation, plan, notes: notes),
            lines.map { Answer.Part.note($0) } + [.tip("to take this back: trustctl undo \(plan.entry.number)")])
    }

    static func admittedByAnother(_ invitation: Invitation) -> Answer {
        Answer(Document("admitted", invitation), [.note("done: the invitation \(invitation.shown) has admitted its client")])
    }

    /// At a console of a fleet; nil: no relay was waited for. `isRelay`: this host lets the client in already.
    static func signed(
        _ invitation: Invitation, _ fingerprint: Fingerprint, _ notes: [String], _ report: SpreadReport?, isRelay: Bool
    ) -> Answer {
        var document = Document("admitted", invitation, notes: notes)
        document.fingerprint = fingerprint
        document.fleet = report?.document
        let carry = "hint: no \(isRelay ? "other " : "")relay knows it yet: trustctl fleet export | ssh RELAY trustctl fleet import -"
        let whole = document
        return Answer(
            whole,
            [.note("done: approve \(fingerprint)\(Printable.behind(invitation.label))")] + notes.map { .note("warning: \($0)") }
                + [.note(report.map { String($0.line.dropLast()) } ?? carry)])
    }

    static func detached(_ invitation: Invitation, _ obstacle: String?) -> Answer {
        let notes = obstacle.map { ["\($0): nobody is admitted until root runs `trustctl admit`"] } ?? []
        return Answer(
            Document("open", invitation, notes: notes),
            notes.map { Answer.Part.note("warning: \($0)") } + [.tip("to cancel it: trustctl invite --cancel \(invitation.name)")])
    }

    static func cancelled(_ invitation: Invitation) -> Answer {
        Answer(Document("cancelled", invitation), [.text("done: cancel \(invitation.name)\n")])
    }

    static func closed(_ invitation: Invitation, _ claimants: [Fingerprint]) -> Failure {
        Failure(
            messages: ["refused: the code of the invitation \(invitation.shown) was seen by two: neither was admitted, and it is closed"]
                + claimants.map { "\($0) waits in the queue" },
            hint: "find out which is whose, and who else has read the code; `trustctl approve` takes the right one", exit: .refused)
    }

    static func waits(_ invitation: Invitation, _ fingerprint: Fingerprint, _ reasons: [String]) -> String {
        "\(fingerprint) is invited as \(invitation.shown), but you must decide: \(reasons.joined(separator: "; "))"
    }

    // MARK: admit

    private struct Round: Encodable {
        let version = 1
        var admitted: [Document] = []
        var closed: [Closed] = []
        var waiting: [Waiting] = []
        var renewals: [RenewalReport] = []
        /// What our own CA has renewed.
        var issued: [AuthorityRoundReport.Signed] = []

        struct Closed: Encodable {
            let name: String
            let fingerprints: [Fingerprint]
        }

        struct Waiting: Encodable {
            let name: String
            let fingerprint: Fingerprint
            let reasons: [String]
        }
    }

    static func round(
        _ results: [InvitationRound.Result], _ renewals: [RenewalRound.Result], _ issued: AuthorityRoundReport
    ) -> Answer {
        var document = Round()
        document.renewals = renewals.map(RenewalReport.init)
        document.issued = issued.signed
        var parts: [Answer.Part] = []
        for result in results {
            let invitation = result.invitation
            switch result.outcome {
            case .admitted(let plan, let notes):
                document.admitted.append(Document("admitted", invitation, plan, notes: notes))
                let lines = lines(invitation, plan, notes)
                parts += lines.prefix(1).map { Answer.Part.text($0 + "\n") }
                parts += lines.dropFirst().map { Answer.Part.note($0) }
            case .closed(let claimants):
                document.closed.append(.init(name: invitation.name, fingerprints: claimants))
                parts += closed(invitation, claimants).messages.map { .note("warning: \($0)") }
            case .waits(let fingerprint, let reasons):
                document.waiting.append(.init(name: invitation.name, fingerprint: fingerprint, reasons: reasons))
                parts.append(.note("warning: \(waits(invitation, fingerprint, reasons))"))
            case .open: break
            }
        }
        parts += document.renewals.flatMap(\.parts) + issued.parts
        if parts.isEmpty { parts.append(.tip("nobody has come who was invited")) }
        let whole = document
        return Answer(whole, parts)
    }

    // MARK: invite --list

    private struct List: Encodable {
        let version = 1
        let invitations: [Entry]

        struct Entry: Encodable {
            let name: String
            let state: InvitationFolder.State
            @Nullable var label: String?
            @Nullable var reason: String?
            let expires: String
            let invitedBy: String
            let relayFingerprint: Fingerprint
            let wrongProofs: Int
        }
    }

    /// `ends`: what has become of some of them, where their state does not say it.
    static func list(_ items: [InvitationFolder.Item], _ wrong: [String: Int], _ ends: [String: String] = [:]) -> Answer {
        let entries = items.map { item in
            let invitation = item.invitation
            return List.Entry(
                name: invitation.name, state: item.state, label: invitation.label, reason: invitation.reason,
                expires: invitation.expires.description, invitedBy: invitation.operator.described, relayFingerprint: invitation.relay,
                wrongProofs: wrong[invitation.name] ?? 0)
        }
        return Answer(List(invitations: entries), entries.map { .text(text($0, ends[$0.name])) })
    }

    private static func text(_ entry: List.Entry, _ end: String?) -> String {
        let state =
            switch entry.state {
            case .open: "open until \(entry.expires)"
            case .used: "used: it has admitted somebody"
            case .closed: "closed: its code was seen by two"
            }
        let label = entry.label.map { "\(Printable($0, limit: 64)), " } ?? ""
        let reason = entry.reason.map { ": \(Printable($0))" } ?? ""
        var text = "\(entry.name)  \(label)\(end ?? state), by \(Printable(entry.invitedBy, limit: 100))\(reason)\n"
        if entry.wrongProofs > 0 {
            text += "  warning: \(entry.wrongProofs) in the queue name\(entry.wrongProofs == 1 ? "s" : "") it without knowing its code\n"
        }
        return text
    }
}

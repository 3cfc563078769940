import Host
import SystemPackage
import Trust
import TrustCore

/// `invite --list` and `invite --cancel`.
struct InvitationList {
    let local: LocalTrust
    let json: Bool

    func show() throws(Failure) {
        let (items, wrong) = try local.invited()
        Terminal.show(InvitationReport.list(items, wrong), json: json)
        if items.isEmpty, !json { Terminal.say("there is no invitation") }
    }

    func cancel(_ text: String) throws(Failure) {
        let name = text.uppercased()
        let known: InvitationFolder.Item?
        do throws(SystemError) { known = try local.invitations.item(name) } catch { throw Failure(error) }
        guard let item = known else { throw Self.unknown(text) }
        guard item.state == .open else { throw Self.over(item) }
        let outcome = try Decider(local).carryOut(
            try InvitationProposal(.cancel(name), local, by: .current), by: .current, waiting: 60)
        guard outcome.plan != nil else { throw Self.endedMeanwhile(item) }
        Terminal.show(InvitationReport.cancelled(item.invitation), json: json)
    }

    static func unknown(_ text: String) -> Failure {
        Failure("there is no invitation “\(Printable(text, limit: 40))”", .noSuchEntry, hint: "`trustctl invite --list` shows all")
    }

    static func over(_ item: InvitationFolder.Item) -> Failure {
        let end = item.state == .used ? "it has admitted somebody" : "its code was seen by two"
        return Failure(
            "the invitation \(item.invitation.shown) is over: \(end)",
            .refused, hint: item.state == .used ? "`trustctl list --state approved`, then `trustctl revoke`" : nil)
    }

    static func endedMeanwhile(_ item: InvitationFolder.Item) -> Failure {
        Failure(
            "the invitation \(item.invitation.shown) has ended meanwhile", .refused, hint: "`trustctl invite --list` says how")
    }
}

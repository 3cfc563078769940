import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

/// `invite --list` and `invite --cancel` in a fleet: the operator's own invitations, and on a relay to root also those of before it joined.
struct ConsoleInvitationList {
    let fleet: LocalFleet
    let json: Bool

    func show() throws(Failure) {
        let own = try OperatorInvitations()
        try own.removeOld()
        var items: [InvitationFolder.Item]
        do throws(SystemError) { items = try own.folder.content().items } catch { throw Failure(error) }
        let older = try fleet.invitationsOfBefore()
        let register = try fleet.local.lookWithFleet()
        var ends: [String: String] = [:]
        for item in items {
            let invitation = item.invitation
            switch item.state {
            case .open where !own.isWaitedFor(invitation.name):
                ends[invitation.name] =
                    "open until \(invitation.expires), but the command that waited was killed; trustctl invite --resume \(invitation.name)"
            case .used where invitation.admits.map { register.state(of: $0) != .approved } ?? false:
                // Killed before it was sent, or taken away since.
                ends[invitation.name] = "used for \(invitation.admits?.description ?? ""), which the fleet does not approve"
            case .open, .used, .closed: break
            }
        }
        for item in older where item.isOpen() {
            let end = item.invitation.expires
            ends[item.invitation.name] = "open until \(end), but made before this relay joined: nobody is admitted without a signature"
        }
        items += older
        Terminal.show(InvitationReport.list(items, register.wrongProofs(items), ends), json: json)
        if items.isEmpty, !json { Terminal.say("there is no invitation") }
    }

    func cancel(_ text: String) throws(Failure) {
        let own = try OperatorInvitations()
        let name = text.uppercased()
        let known: InvitationFolder.Item?
        do throws(SystemError) { known = try own.folder.item(name) } catch { throw Failure(error) }
        guard let item = known else {
            if try fleet.invitationsOfBefore().contains(where: { $0.invitation.name == name }) {
                try fleet.local.checkMayChange()
                return try InvitationList(local: fleet.local, json: json).cancel(text)
            }
            throw InvitationList.unknown(text)
        }
        guard item.state == .open else { throw InvitationList.over(item) }
        guard try own.remove(name) else { throw InvitationList.endedMeanwhile(item) }
        Terminal.show(InvitationReport.cancelled(item.invitation), json: json)
    }
}

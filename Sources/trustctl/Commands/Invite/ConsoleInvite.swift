import Certificates
import FleetCarrier
import FleetHost
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// An invitation at a console of a fleet, which may be a relay too: its key is in the operator's own folder, and his signature lets the guest in.
struct ConsoleInvite {
    let fleet: LocalFleet
    let signing: SigningOptions
    let json: Bool

    /// Makes the code for a relay, and keeps what knows its proof.
    /// `look` is how this relay's own certificate is seen, where that is meant.
    func make(
        for relay: String?, _ look: RelayLook, label: String?, reason: String?, seconds: Int64
    ) throws(Failure) -> (InvitationCode, Invitation) {
        let here = try own(look)
        let shown: Fingerprint
        if relay == nil, let here { shown = here } else { shown = try RelayCertificateArgument.fingerprint(relay) }
        let own = try OperatorInvitations()
        try own.removeOld()
        let register = try fleet.local.lookWithFleet()
        if let label { try register.requireFreeLabel(label) }
        try requireAll(for: shown, here)
        let code = InvitationCode(inviting: shown)
        let invitation = Invitation(
            code.key, label: label, reason: reason, expires: Timestamp(seconds: Timestamp.now.seconds + seconds), by: .current, relay: shown
        )
        // From now on ^C must not leave an invitation without its code.
        Interruption.begin()
        try own.open(invitation)
        return (code, invitation)
    }

    /// An open one whose command was killed: the code that was given then is good for it, and is not known here.
    func again(_ text: String, _ look: RelayLook) throws(Failure) -> Invitation {
        let own = try OperatorInvitations()
        try own.removeOld()
        let name = text.uppercased()
        let known: InvitationFolder.Item?
        do throws(SystemError) { known = try own.folder.item(name) } catch { throw Failure(error) }
        guard let item = known else { throw InvitationList.unknown(text) }
        guard item.state == .open else { throw InvitationList.over(item) }
        guard !own.isWaitedFor(name) else {
            throw Failure("another command waits for the client of \(item.invitation.shown) already; nothing has changed", .busy)
        }
        try requireAll(for: item.invitation.relay, try self.own(look))
        Interruption.begin()
        return item.invitation
    }

    /// The certificate of this host, if it is a relay.
    private func own(_ look: RelayLook) throws(Failure) -> Fingerprint? {
        fleet.configuration.member == nil ? nil : try look.certificate().fingerprint
    }

    /// Everything that the approval will need.
    private func requireAll(for relay: Fingerprint, _ own: Fingerprint?) throws(Failure) {
        try fleet.requireSight(of: relay, own: own)
        // Only root can have its Exim rehearse that.
        if own != nil, geteuid() == 0 { try fleet.local.requireLoggedCertificates() }
        _ = try signing.outbox(of: fleet)
        try fleet.requireKey(signing.signWith.map { FilePath($0) })
    }
}

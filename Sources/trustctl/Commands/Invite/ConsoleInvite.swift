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

    /// Makes the code for a relay, and keeps what knows its proof. Everything that the approval will need is asked for before.
    /// `look` is how this relay's own certificate is seen, where that is meant.
    func make(
        for relay: String?, _ look: RelayLook, label: String?, reason: String?, seconds: Int64
    ) throws(Failure) -> (InvitationCode, Invitation) {
        let isRelay = fleet.configuration.member != nil
        let here = isRelay ? try look.certificate().fingerprint : nil
        let shown: Fingerprint
        if relay == nil, let here { shown = here } else { shown = try RelayCertificateArgument.fingerprint(relay) }
        let own = try OperatorInvitations()
        try own.removeOld()
        try fleet.requireSight(of: shown, own: here)
        // Only root can have its Exim rehearse that.
        if isRelay, geteuid() == 0 { try fleet.local.requireLoggedCertificates() }
        let register = try fleet.local.lookWithFleet()
        if let label { try register.requireFreeLabel(label) }
        _ = try signing.outbox(of: fleet)
        try fleet.requireKey(signing.signWith.map { FilePath($0) })
        let code = InvitationCode(inviting: shown)
        let invitation = Invitation(
            code.key, label: label, reason: reason, expires: Timestamp(seconds: Timestamp.now.seconds + seconds), by: .current, relay: shown
        )
        // From now on ^C must not leave an invitation without its code.
        Interruption.begin()
        try own.open(invitation)
        return (code, invitation)
    }
}

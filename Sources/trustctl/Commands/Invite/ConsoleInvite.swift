import Certificates
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

/// An invitation at a console of a fleet: its key is in the operator's own folder, and his signature lets the guest in.
struct ConsoleInvite {
    let fleet: LocalFleet
    let signing: SigningOptions
    let json: Bool

    /// Makes the code for a relay, and keeps what knows its proof. Everything that the approval will need is asked for before.
    func make(
        for relay: String?, label: String?, reason: String?, seconds: Int64
    ) throws(Failure) -> (InvitationCode, Invitation) {
        let shown = try RelayCertificateArgument.fingerprint(relay)
        let own = try OperatorInvitations()
        try own.removeOld()
        try fleet.requireMirror()
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

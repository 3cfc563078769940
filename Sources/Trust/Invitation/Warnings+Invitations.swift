import Certificates
import EximControl
import TrustCore

/// What the invitations say of a record; nothing to those who cannot read them.
struct InvitationWarnings {
    private let items: [InvitationFolder.Item]
    private let entries: InvitedEntries
    private let register: Register
    /// Those that have admitted somebody, and whose code somebody else knows too.
    private let leaked: [Invitation]

    init(_ register: Register) {
        items = register.visibleInvitations
        let entries = InvitedEntries(register, items)
        self.entries = entries
        self.register = register
        leaked = items.filter { $0.state == .used && entries.claimants[$0.invitation.name] != nil }.map(\.invitation)
    }

    func all(for record: Record) -> [String] {
        guard !items.isEmpty, record.state == .pending || record.state == .approved && !leaked.isEmpty else { return [] }
        var certificate: Certificate?
        if record.outline?.mayClaimInvitation ?? false {
            certificate = record.certificate
        } else if record.state == .approved, record.outline?.der == nil, leaked.contains(where: { $0.label == record.label }) {
            // Lists do not read all of an approved one.
            certificate = register[record.fingerprint].certificate
        }
        guard let claim = certificate?.invitationClaim, let item = items.first(where: { $0.invitation.name == claim.name }) else {
            return []
        }
        let invitation = item.invitation
        let claimants = entries.claimants[claim.name] ?? []
        let key = certificate?.spkiSHA256 ?? ""
        switch (record.state, item.state) {
        case (.approved, .used):
            return entries.claimants(of: claim.name, withoutKey: key).map {
                "the code of its invitation \(invitation.shown) was seen by two: \($0) has proved that it knows it too;"
                    + " find out which is whose"
            }
        case (.pending, _) where !claimants.contains(record.fingerprint):
            return ["it names the invitation \(invitation.shown), but its proof is wrong: who made it did not know the code"]
        case (.pending, .used):
            if register.holders(.key, of: key).contains(where: { register.state(of: $0) == .approved }) {
                return ["the invitation \(invitation.shown) has admitted another certificate with the same key"]
            }
            return [
                "the invitation \(invitation.shown) has admitted another certificate: its code was seen by two; find out who the other one is"
            ]
        case (.pending, .closed):
            return [
                "the code of the invitation \(invitation.shown) was seen by two, and neither was admitted; find out who the other one is"
            ]
        case (.pending, .open): return ["invited as \(invitation.shown)"]
        default: return []
        }
    }

    /// How many name each invitation with a wrong proof.
    var wrong: [String: Int] { entries.wrong }
}

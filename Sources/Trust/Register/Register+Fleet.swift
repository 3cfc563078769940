import Certificates
package import EximControl
package import TrustCore

extension Register {
    /// The decision of a fleet that made this certificate what it is here; nil where something else did. `lookAtMany` first.
    package func fleetDecision(_ fingerprint: Fingerprint) -> LocalEffects.FleetChange.Signed? {
        let record = brief(fingerprint)
        guard let last = record.last, last.action == .fleet, last.after == record.state, let entry = books.entry(at: last.place),
            let subject = entry.decision.subjects.last(where: { $0.fingerprint == fingerprint })
        else { return nil }
        return entry.effects.fleet?.decision(about: subject)
    }

    /// Whether a CA may still let in one that is not to be trusted: nothing says here that it is revoked.
    package func lacksRevocation(_ fingerprint: Fingerprint) -> Bool { revokedClients.map { !$0.contains(fingerprint) } ?? false }

    /// The key of a certificate, also of one that nobody has ever approved here, and that came with a decision; nil where that is not known.
    package func key(of fingerprint: Fingerprint) -> String? {
        if let outline = self[fingerprint].outline { return outline.spkiSHA256 }
        return kept.der(fingerprint).flatMap { try? CertificateOutline(der: $0) }?.spkiSHA256
    }

    /// Whether this host's own last word about some certificate with the key is that it is revoked, whatever a fleet says.
    package func isRevokedHere(key: String) -> Bool {
        words(ofKey: key).contains { $1.action == .revoke && $1.after != .approved }
    }

    /// Has these keys be barred too.
    mutating func bar(_ keys: Set<String>) {
        deniedKeys.ofFleet = keys
        keysDenied.formUnion(keys)
    }

    /// All invitations that whoever looks may see.
    var visibleInvitations: [InvitationFolder.Item] { invitations.visible + (operatorInvitations?.visible ?? []) }

    /// Has these stand as approved, on a host that has no list: what a fleet approves, on a console.
    package mutating func addApproved(_ approved: [(fingerprint: Fingerprint, note: ListNote)]) {
        for (fingerprint, note) in approved where places[fingerprint]?.item ?? -1 < 0 {
            places[fingerprint, default: Place()].item = Int32(items.count)
            items.append(.init(fingerprint: fingerprint, comments: [note.description]))
        }
        knowBrought(approved.map(\.fingerprint))
    }
}

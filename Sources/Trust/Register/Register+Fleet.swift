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

    /// The keys of these, as far as their certificates are known here, in whatever way: also of those that nobody has ever approved here, and
    /// that came with a decision.
    package func keys(of wanted: Set<Fingerprint>) -> [Fingerprint: String] {
        guard !wanted.isEmpty else { return [:] }
        var keys = books.keys(of: wanted)
        for (index, entry) in entries.enumerated() where wanted.contains(entry.fingerprint) && keys[entry.fingerprint] == nil {
            keys[entry.fingerprint] = outline(ofEntry: index)?.spkiSHA256
        }
        for fingerprint in wanted where keys[fingerprint] == nil {
            let der = installed[fingerprint]?.certificate.der ?? kept.der(fingerprint)
            keys[fingerprint] = der.flatMap { try? CertificateOutline(der: $0) }?.spkiSHA256
        }
        return keys
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

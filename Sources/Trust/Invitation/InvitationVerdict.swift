import Certificates
import EximControl
package import TrustCore

/// What an invitation comes to, by what is known.
package enum InvitationVerdict: Equatable {
    /// Nobody has come.
    case open
    /// One has come, and nothing stands against him.
    case good(Fingerprint)
    /// Its proof is good, but a person must judge it, for these reasons.
    case waits(Fingerprint, [String])
    /// Two have shown a good proof: neither is admitted.
    case closed([Fingerprint])
    /// A person has approved who came by it, and it admits nobody else.
    case admitted(Fingerprint)

    init(_ invitation: Invitation, _ entries: InvitedEntries, _ register: Register) {
        let claimants = entries.claimants[invitation.name] ?? []
        guard let first = claimants.first else {
            self = .open
            return
        }
        if claimants.count > 1 {
            self = entries.areOfOneKey(invitation.name) ? Self.ofOneKey(first, claimants.count) : .closed(claimants)
            return
        }
        let obstacles = Self.obstacles(first, invitation, register)
        self = obstacles.isEmpty ? .good(first) : .waits(first, obstacles)
    }

    private static func ofOneKey(_ first: Fingerprint, _ count: Int) -> InvitationVerdict {
        .waits(first, ["\(count) certificates with the same key have come; compare its client's own with him"])
    }

    /// Why a person must decide: what approving it would warn of, but for the subject, which anybody can write.
    private static func obstacles(_ fingerprint: Fingerprint, _ invitation: Invitation, _ register: Register) -> [String] {
        let record = register[fingerprint]
        guard let certificate = record.certificate, let entry = record.entry else { return ["its certificate is not known"] }
        var obstacles = Warnings(register, of: [record]).obstacles(for: record, certificate)
        // One that is shown after the end does not come in by a clock that was set back.
        if entry.firstSeen > invitation.expires { obstacles.append("it was seen only after the invitation's end") }
        if let label = invitation.label, let other = register.approved(as: label).first(where: { $0 != fingerprint }) {
            obstacles.append("the label \(invitation.shown) is taken by \(other)")
        }
        return obstacles
    }
}

extension InvitationVerdict {
    /// The same where no lock is held, and what waits is hearsay. `comers` are all who were ever seen with a good proof, with their keys.
    ///
    /// The attack: whoever carries what waits on the relays shows the guest's certificate and hides the other one that came with the same code.
    package init(_ invitation: Invitation, comers: [Fingerprint: String], _ register: Register) {
        let entries = InvitedEntries(register, [InvitationFolder.Item(invitation: invitation, state: .open)])
        let waiting = entries.claimants[invitation.name] ?? []
        let all = Set(comers.keys).union(waiting).sorted()
        if let approved = all.first(where: { register.state(of: $0) == .approved }) {
            self = .admitted(approved)
        } else if Set(comers.values).union(entries.keys(of: invitation.name)).count > 1 {
            self = .closed(all)
        } else if all.count > 1, let first = waiting.first {
            self = Self.ofOneKey(first, all.count)
        } else {
            self.init(invitation, entries, register)
        }
    }
}

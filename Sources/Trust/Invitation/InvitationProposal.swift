package import Host
package import TrustCore

/// A change of an invitation that admits nobody: it is made, taken back, or closed because its code was seen by two.
package struct InvitationProposal: Proposal {
    package let plan: TrustPlan?
    private let change: Change
    private let local: LocalTrust

    package enum Change {
        case open(Invitation)
        case cancel(String)
        /// Of whoever has shown a certificate with a good proof.
        case close(String, [Fingerprint])
    }

    /// Proposing changes nothing.
    package init(_ change: Change, _ local: LocalTrust, by operator: Operator) throws(Failure) {
        (self.change, self.local) = (change, local)
        let folder = InvitationFolder(local.configuration)
        switch change {
        case .open(let invitation):
            var made = TrustPlan(Decision(.invite, by: `operator`, reason: invitation.reason))
            made.invitation = .opening(invitation.name, in: folder)
            made.entry.effects.invitation = invitation.name
            made.entry.effects.invited = .init(label: invitation.label, expires: invitation.expires.description)
            plan = made
        case .cancel(let name):
            guard try Self.isOpen(name, in: folder) else {
                plan = nil
                return
            }
            var ended = TrustPlan(Decision(.cancel, by: `operator`))
            ended.invitation = .ending(name, as: nil, in: folder)
            ended.entry.effects.invitation = name
            plan = ended
        case .close(let name, let claimants):
            guard try Self.isOpen(name, in: folder) else {
                plan = nil
                return
            }
            // They stay what they are.
            let subjects = claimants.map { Decision.Subject(fingerprint: $0, before: .pending, after: .pending) }
            var ended = TrustPlan(
                Decision(.close, by: `operator`, reason: "its code was seen by two; neither was admitted", subjects: subjects))
            ended.invitation = .ending(name, as: .closed, in: folder)
            ended.entry.effects.invitation = name
            plan = ended
        }
    }

    private static func isOpen(_ name: String, in folder: InvitationFolder) throws(Failure) -> Bool {
        do throws(SystemError) { return try folder.item(name)?.state == .open } catch { throw Failure(error) }
    }

    package func renewed(by operator: Operator) throws(Failure) -> InvitationProposal {
        if case .open(let invitation) = change { try InvitationFolder(local.configuration).write(invitation) }
        return try InvitationProposal(change, local, by: `operator`)
    }

    package func conclude(_ plan: TrustPlan, _ done: Transaction.Done) throws(Failure) -> [String] {
        guard let edit = plan.invitation, edit.leavesNothing else { return [] }
        do throws(SystemError) { try LocalFileSystem().remove(edit.target) } catch { return ["\(error)"] }
        return []
    }

    /// It is not open any more, and that is what was wanted.
    package func repeated() throws(Failure) -> [String] { [] }
}

extension TrustPlan {
    /// The same, by the invitation of this name.
    func admitting(_ name: String?, in configuration: Configuration) -> TrustPlan {
        guard let name else { return self }
        var plan = self
        plan.invitation = .ending(name, as: .used, in: InvitationFolder(configuration))
        plan.entry.effects.invitation = name
        return plan
    }
}

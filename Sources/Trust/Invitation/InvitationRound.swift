import Certificates
import EximControl
package import Host
package import TrustCore

/// One round over the queue and the open invitations: who has proved that he knows a code is approved, as the inviter would have done it.
package struct InvitationRound {
    private let decider: Decider
    private var local: LocalTrust { decider.local }
    /// For the lock, in seconds.
    private let patience: Int

    package init(_ decider: Decider, patience: Int = 60) { (self.decider, self.patience) = (decider, patience) }

    package enum Outcome {
        /// With what the operator should know besides.
        case admitted(TrustPlan, [String])
        /// Two have shown a good proof.
        case closed([Fingerprint])
        /// Its proof is good, but it has warnings, which a person must judge.
        case waits(Fingerprint, [String])
        /// Nobody has come.
        case open
    }

    package struct Result {
        package let invitation: Invitation
        package let outcome: Outcome
    }

    /// What became of all that were open, or of that with this name alone.
    package func run(only name: String? = nil) throws(Failure) -> [Result] {
        try local.checkMayChange()
        let folder = InvitationFolder(local.configuration)
        // What was interrupted is ended first, also where it has closed the last open invitation already; and what is over goes: its proofs
        // can be made by whoever reads it.
        guard try open(folder, name).first != nil || folder.hasOld() || LocalFileSystem().exists(local.transaction.journal.file)
        else { return [] }
        let register = try local.look()
        try register.requireQueue()
        let items = try open(folder, name)
        let entries = InvitedEntries(register, items)
        var results: [Result] = []
        for item in items {
            results.append(Result(invitation: item.invitation, outcome: try judge(item.invitation, entries, register)))
        }
        return results
    }

    private func open(_ folder: InvitationFolder, _ name: String?) throws(Failure) -> [InvitationFolder.Item] {
        do throws(SystemError) {
            return try folder.content().items.filter { $0.isOpen() && (name == nil || $0.invitation.name == name) }
        } catch { throw Failure(error) }
    }

    private func judge(_ invitation: Invitation, _ entries: InvitedEntries, _ register: Register) throws(Failure) -> Outcome {
        let claimants = entries.claimants[invitation.name] ?? []
        guard let first = claimants.first else { return .open }
        if claimants.count > 1 {
            if entries.areOfOneKey(invitation.name) {
                return .waits(first, ["\(claimants.count) certificates with the same key have come; compare its client's own with him"])
            }
            let proposal = try InvitationProposal(.close(invitation.name, claimants), local, by: .current)
            _ = try decider.carryOut(proposal, by: .current, waiting: patience)
            return .closed(claimants)
        }
        let obstacles = Self.obstacles(first, invitation, register)
        if !obstacles.isEmpty { return .waits(first, obstacles) }
        return try admit(first, invitation)
    }

    private func admit(_ fingerprint: Fingerprint, _ invitation: Invitation) throws(Failure) -> Outcome {
        let configuration = local.configuration
        var request = Request(.approve, reason: invitation.reason ?? "invitation \(invitation.name)") { register throws(Failure) in
            // Under the lock everything is read anew: somebody else may have come, or another command may have been quicker.
            let item: InvitationFolder.Item?
            do throws(SystemError) { item = try InvitationFolder(configuration).item(invitation.name) } catch { throw Failure(error) }
            guard let item, item.isOpen(), InvitedEntries(register, [item]).claimants[invitation.name] == [fingerprint],
                Self.obstacles(fingerprint, item.invitation, register).isEmpty
            else { return [] }
            return [TrustPlan.Wish(fingerprint: fingerprint, after: .approved, label: .given(item.invitation.label))]
        }
        request.invitation = invitation.name
        let proposal: CertificateProposal
        do throws(Failure) { proposal = try decider.propose(request, by: invitation.operator, recovering: false) } catch {
            // It can never relay, by the way of trust that is in force.
            guard error.exit == .refused else { throw error }
            return .waits(fingerprint, error.messages)
        }
        guard proposal.plan != nil else { return .open }
        let outcome = try decider.carryOut(proposal, by: invitation.operator, waiting: patience)
        return outcome.plan.map { .admitted($0, proposal.cautions + outcome.notes) } ?? .open
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

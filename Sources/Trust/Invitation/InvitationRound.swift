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
        switch InvitationVerdict(invitation, entries, register) {
        case .open, .admitted: return .open
        // It was made before this relay joined: a signature lets somebody in now, and nothing else.
        case .good(let fingerprint) where local.isInFleet:
            return .waits(fingerprint, ["this relay belongs to a fleet, where approvals are signed"])
        case .good(let fingerprint): return try admit(fingerprint, invitation)
        case .waits(let fingerprint, let reasons): return .waits(fingerprint, reasons)
        case .closed(let claimants):
            let proposal = try InvitationProposal(.close(invitation.name, claimants), local, by: .current)
            _ = try decider.carryOut(proposal, by: .current, waiting: patience)
            return .closed(claimants)
        }
    }

    private func admit(_ fingerprint: Fingerprint, _ invitation: Invitation) throws(Failure) -> Outcome {
        let configuration = local.configuration
        var request = Request(.approve, reason: invitation.reason ?? "invitation \(invitation.name)") { register throws(Failure) in
            // Under the lock everything is read anew: somebody else may have come, or another command may have been quicker.
            let item: InvitationFolder.Item?
            do throws(SystemError) { item = try InvitationFolder(configuration).item(invitation.name) } catch { throw Failure(error) }
            guard let item, item.isOpen(),
                InvitationVerdict(item.invitation, InvitedEntries(register, [item]), register) == .good(fingerprint)
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
}

import EximControl
package import Host
import TrustCore

/// A change of what is trusted: approve, deny, revoke, forget, undo.
package struct CertificateProposal: Proposal {
    let request: Request
    package let local: LocalTrust
    /// What was known when it was proposed.
    package let register: Register
    package let plan: TrustPlan?

    package init(_ request: Request, _ local: LocalTrust, by operator: Operator, recovering: Bool) throws(Failure) {
        do throws(Failure) {
            let register = try local.look(recovering: recovering)
            register.queueFailure?.messages.forEach { local.progress.note("warning: the queue is not read: \($0)") }
            try self.init(request, local, register, by: `operator`)
        } catch {
            // Who that is was not found out: a disk that cannot be read, or a list that is no list, says nothing.
            let isUnknown = [.notSound, .notPermitted].contains(error.exit) || (try? TrustListFile(local.configuration.list)) == nil
            throw request.mayTakeTrustAway && isUnknown ? error.adding([Self.stillTrusted]) : error
        }
    }

    private init(_ request: Request, _ local: LocalTrust, _ known: Register, by operator: Operator) throws(Failure) {
        var register = known
        if request.mayTakeTrustAway, register.isListGone { throw register.list.missing }
        let wishes = try request.wishes(&register)
        let installation = try local.installation(of: wishes, in: register, allowingCA: request.allowsCA)
        plan = try TrustPlan.making(
            wishes, action: request.action, reason: request.reason, undoes: request.undoes, in: register, installing: installation,
            by: `operator`)
        (self.request, self.local, self.register) = (request, local, register)
    }

    /// Where it is not known who that is.
    private static let stillTrusted = "nothing has changed: who was trusted is STILL TRUSTED"

    package func renewed(by operator: Operator) throws(Failure) -> CertificateProposal {
        try CertificateProposal(request, local, try Register(local.configuration), by: `operator`)
    }

    /// Whoever revokes a stolen key must not miss that it still opens the relay.
    package func naming(_ failure: Failure) -> Failure {
        if failure.isLive { return failure }
        guard let plan else { return request.mayTakeTrustAway ? failure.adding([Self.stillTrusted]) : failure }
        let unread = register.isListEdited ? plan.deny.filter { !plan.losingTrust.contains($0) } : []
        return failure.adding(
            plan.losingTrust.map { "\($0) is STILL TRUSTED" }
                + unread.map { "\($0) is STILL TRUSTED if the exim that runs has read a list with it: it was edited since" })
    }

    package func conclude(_ plan: TrustPlan, _ done: TrustChange.Done) throws(Failure) -> [String] {
        let left = request.action == .undo ? [] : removeFromQueue(plan)
        return left + (try openSessions(losing: plan.losingTrust, done.read, register))
    }

    /// The disk says already what is wanted. What Exim runs with may be older: somebody edited the list by hand, and did not reload.
    package func repeated() throws(Failure) -> [String] {
        var (notes, read) = ([TrustChange.Note](), Duration?.none)
        if try mustReadAgain() {
            let list = try TrustListFile(local.configuration.list)
            (notes, read) = try ThisProcess.ignoringSignals { () throws(Failure) in try local.changes.reassure(list) }
        }
        var open: [String] = []
        if request.ending != nil { open = try openSessions(losing: [], read, try Register(local.configuration)) }
        return notes.map { $0.text(local.configuration) } + open
    }

    /// A denial that is one already, and an undo with nothing to undo, need no Exim where it has read what lies there.
    private func mustReadAgain() throws(Failure) -> Bool {
        switch request.action {
        case .approve, .revoke: return true
        case .deny, .undo: return try Register(local.configuration).isListEdited
        case .forget, .mend, .setup: return false
        }
    }

    /// The entries are decided: they go. What does not go is hidden behind the decision.
    private func removeFromQueue(_ plan: TrustPlan) -> [String] {
        plan.fingerprints.compactMap { fingerprint in
            do {
                try QueueFolder.remove(fingerprint, in: local.configuration.pending)
                return nil
            } catch { return "its entry stays in the queue: \(error)" }
        }
    }

    /// What is left of the trust in those that lost it now, and in those that were named for it. `known` is what was known before.
    private func openSessions(losing: [Fingerprint], _ read: Duration?, _ known: Register) throws(Failure) -> [String] {
        var register = known
        let read = read ?? Clock.boot
        let named = try request.ending?(&register)
        var losses: [OpenSessions.Loss] = []
        for fingerprint in named ?? losing {
            var loss = OpenSessions.Loss(fingerprint: fingerprint, addresses: Set(register[fingerprint].addresses), moment: read)
            if !losing.contains(fingerprint) {
                // When Exim read the list nobody knows but the operator, where he is the one who tells it.
                let isOurs = local.configuration.reload != .none
                let known = isOurs ? register.ledger.loss(of: fingerprint, list: register.list.bytes ?? []) : nil
                loss.isKnown = known != nil
                loss.moment = known.map(Clock.boot(atEndOf:)) ?? read
            }
            losses.append(loss)
        }
        return OpenSessions(local: local, ending: named != nil).notes(losses)
    }
}

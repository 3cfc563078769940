import EximControl
package import Host
import SystemPackage
import TrustCore

/// A change of what is trusted: approve, deny, revoke, forget, undo.
package struct CertificateProposal: Proposal {
    let request: Request
    let local: LocalTrust
    /// What was known when it was proposed.
    package let register: Register
    package let plan: TrustPlan?
    /// What the operator should know of the certificates that it approves, before he agrees.
    package private(set) var cautions: [String]

    init(_ request: Request, _ local: LocalTrust, by operator: Operator, recovering: Bool) throws(Failure) {
        do throws(Failure) {
            let register = try local.look(recovering: recovering)
            register.queueFailure?.messages.forEach { local.progress.note("warning: the queue cannot be read: \($0)") }
            try self.init(request, local, register, by: `operator`)
            // Told before he agrees: the reload has Exim run its queue, and then they may be gone.
            if !request.holdsMail, let mail, let plan {
                cautions += mail.waiting(from: plan.losingTrust, isRevoke: request.action == .revoke)
            }
        } catch {
            // Nobody can tell who is trusted when the disk or the list cannot be read.
            let isUnknown = [.notSound, .notPermitted].contains(error.exit) || (try? TrustListFile(local.configuration)) == nil
            throw request.mayTakeTrustAway && isUnknown ? error.adding([Self.stillTrusted]) : error
        }
    }

    private init(_ request: Request, _ local: LocalTrust, _ known: Register, by operator: Operator) throws(Failure) {
        var register = known
        if request.mayTakeTrustAway, register.isListGone { throw register.list.missing }
        let wishes = try request.wishes(&register)
        try register.findInstalled(wishes.filter { $0.after == .approved }.map(\.fingerprint))
        let (installation, cautions) = try local.installation(of: wishes, in: register, allowingCA: request.allowsCA)
        let prospects = Prospects(wishes: wishes, register: register, isApproval: request.action == .approve)
        self.cautions =
            try cautions + prospects.judge(installation)
            + LocalTrust.cautions(aboutEndsOf: wishes) + (request.cautions?(register) ?? [])
        var invitation = request.invitation
        if invitation == nil { invitation = try Invitation.used(by: wishes, request.action, in: register) }
        var plan = try TrustPlan.making(
            wishes, action: request.action, reason: request.reason, undoes: request.undoes, in: register, installing: installation,
            by: `operator`
        ).map { plan in plan.admitting(invitation, in: local.configuration) }
        if let old = request.renews { plan = plan?.renewing(old, since: register.approvedByPerson(old)) }
        if let made = plan { plan?.keys = try request.keys(made, register) }
        if let edit = request.fleetKeys?(register), !edit.isEmpty {
            // Where nothing else is left to be done: a certificate that was revoked is known here only now.
            if plan == nil { plan = TrustPlan(Decision(request.action, by: `operator`)) }
            plan?.keys = edit
        }
        if let made = plan { plan?.issued = try made.withdrawn(register, local.configuration) }
        if let made = plan, let fleet = request.fleet { plan = made.signed(fleet(made.fingerprints, register)) }
        self.plan = plan
        (self.request, self.local, self.register) = (request, local, register)
    }

    package var asksOnce: Bool { request.asksOnce }

    /// Where the fingerprints are not known.
    private static let stillTrusted = "nothing has changed: every certificate that was trusted is STILL TRUSTED"

    package func renewed(by operator: Operator) throws(Failure) -> CertificateProposal {
        try request.checkMayDecide(on: local)
        return try CertificateProposal(request, local, try local.register(), by: `operator`)
    }

    /// An operator who revokes a stolen key must not miss that it still opens the relay.
    package func naming(_ failure: Failure) -> Failure {
        if failure.isLive { return failure }
        guard let plan else { return request.mayTakeTrustAway ? failure.adding([Self.stillTrusted]) : failure }
        let frozen = request.holdsMail && failure.exit != .notPermitted ? mail?.frozen(from: plan.losingTrust) ?? [] : []
        let unread = register.isListEdited ? plan.deny.filter { !plan.losingTrust.contains($0) } : []
        let losing = plan.losingTrust
        let issued = plan.revoked?.add.filter { !losing.contains($0) } ?? []
        return failure.adding(
            issued.map { "\($0) is STILL TRUSTED if the CA has issued it" } + losing.map { "\($0) is STILL TRUSTED" }
                + unread.map { "\($0) is STILL TRUSTED if the running exim has read a list with it: the list was edited since" }
                + frozen)
    }

    /// Exim has accepted the list, and reads it next. Its daemon then also starts to run its queue.
    package func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String] {
        // What goes wrong is said at the end, where it is tried again. It keeps no revocation from being made.
        _ = try heldMail()
        return []
    }

    package func conclude(_ plan: TrustPlan, _ done: Transaction.Done) throws(Failure) -> [String] {
        let left = request.action == .undo ? [] : removeFromQueue(plan)
        let sessions = try openSessions(losing: plan.losingTrust, done.read, register)
        let trustedAgain = request.action == .undo ? plan.gainingTrust.sorted() : []
        return try left + sessions + heldMail() + (mail?.frozen(from: trustedAgain) ?? [])
    }

    /// The disk already says what is wanted. What Exim has read may be older: somebody may have edited the list without a reload.
    package func repeated() throws(Failure) -> [String] {
        try request.checkMayDecide(on: local)
        var reading = LiveExim.Reading()
        // Before Exim reads the list again, as `judge` does.
        _ = try heldMail()
        if try mustReread() {
            let list = try TrustListFile(local.configuration)
            if list.folder != nil, try !local.register().isListEdited { return try proved(list) }
            reading = try ThisProcess.ignoringSignals { () throws(Failure) in
                try local.transaction.reread(list, insisting: request.mayTakeTrustAway)
            }
        }
        var notes = reading.notes.map { $0.text(local.configuration) }
        notes += try afterwards(reading.moment)
        guard reading.left.isEmpty else { throw Failure(reading.left, notes: notes) }
        return notes
    }

    /// The same where Exim looks into a folder: it need not read anything, and its answer shows that it does look there.
    private func proved(_ list: TrustListFile) throws(Failure) -> [String] {
        guard let folder = list.folder else { return [] }
        var register = try local.register()
        let wishes = try request.wishes(&register)
        let edit = NamesEdit(path: folder.path.string, add: wishes.filter { $0.after == .approved }.map(\.fingerprint))
        try local.transaction.exim.check(edit)
        try local.transaction.exim.prove(edit)
        return try afterwards(nil)
    }

    /// What is left of a trust that was taken away earlier. `moment`: when Exim had read it, by `Clock.boot`, if that was now.
    private func afterwards(_ moment: Duration?) throws(Failure) -> [String] {
        let sessions = request.endsConnections ? try openSessions(losing: [], moment, try local.register()) : []
        return try sessions + heldMail()
    }

    /// A repeated denial, and an undo with nothing to undo, need no Exim if it has read the list as it is.
    private func mustReread() throws(Failure) -> Bool {
        switch request.action {
        case .approve, .revoke: return true
        case .deny, .undo: return try local.register().isListEdited
        case .forget, .expire, .import, .fleet, .mend, .setup, .sign, .invite, .cancel, .close: return false
        }
    }

    /// Removes the entries, which are decided now. One that stays is hidden by the decision.
    private func removeFromQueue(_ plan: TrustPlan) -> [String] {
        plan.fingerprints.compactMap { fingerprint in
            do {
                try QueueFolder(local.configuration).remove(fingerprint)
                return nil
            } catch { return "its entry stays in the queue: \(error)" }
        }
    }

    /// What open connections still have of the trust that was taken away. `losing` lost it now; `request.named` may have others. `known` is
    /// what was known before.
    private func openSessions(losing: [Fingerprint], _ read: Duration?, _ known: Register) throws(Failure) -> [String] {
        var register = known
        let read = read ?? Clock.boot
        let named = request.endsConnections ? try request.named?(&register) : nil
        var losses: [OpenSessions.Loss] = []
        for fingerprint in named ?? losing {
            var loss = OpenSessions.Loss(fingerprint: fingerprint, addresses: Set(register[fingerprint].addresses), moment: read)
            if !losing.contains(fingerprint) {
                // With `reload = none` only the operator knows when Exim read the list.
                let isOurs = local.configuration.reload != .none
                let known = isOurs ? register.books.loss(of: fingerprint, list: register.list.bytes ?? []) : nil
                loss.isKnown = known != nil
                loss.moment = known.map(Clock.boot(atEndOf:)) ?? read
            }
            losses.append(loss)
        }
        let isFolder = register.list.folder != nil
        // With a list in a folder no connection has an old one: it was asked anew since.
        if isFolder, named == nil { return [] }
        return OpenSessions(local: local, ending: named != nil, isFolder: isFolder).notes(losses)
    }

    /// What Exim's queue has of the mail of those that lose trust. Nil where a certificate has only ended or was replaced: then it goes on.
    private var mail: WaitingMail? { [.revoke, .deny, .undo].contains(request.action) ? WaitingMail(local: local) : nil }

    /// Has Exim freeze their mail, if that is wished, and says what came of it.
    private func heldMail() throws(Failure) -> [String] { request.holdsMail ? mail?.held(from: try named()) ?? [] : [] }

    private func named() throws(Failure) -> [Fingerprint] {
        var register = register
        return try request.named?(&register) ?? []
    }
}

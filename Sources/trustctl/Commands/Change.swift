import Glibc
import SystemPackage
import TrustCore

/// The way that every change takes: look, show, ask, lock, look again, apply, tell.
struct Change {
    let session: Session
    let action: Decision.Action
    let common: CommonOptions
    let options: ChangeOptions
    /// The decision that is taken back.
    var undoes: Int?
    /// Whether a CA:TRUE certificate may go into a directory that other programs trust.
    var allowsCA = false
    /// The certificates whose connections are to be ended.
    var disconnecting: ((inout Register) throws(Failure) -> [Fingerprint])?
    /// What is wanted, given what is known; asked again under the lock.
    let wishes: (inout Register) throws(Failure) -> [TrustPlan.Wish]

    func run() throws(Failure) {
        let mayChange = Result { () throws(Failure) in try session.checkMayChange() }
        var register: Register
        let wanted: TrustPlan?
        do throws(Failure) {
            register = try session.look(recovering: !options.dryRun)
            register.warnOfQueue()
            wanted = try plan(&register)
        } catch {
            // Who that is was not found out: a disk that cannot be read, or a list that is no list, says nothing.
            let isUnknown = [.notSound, .notPermitted].contains(error.exit) || (try? TrustListFile(session.configuration.list)) == nil
            throw mayTakeTrustAway && isUnknown ? error.adding([Self.stillTrusted]) : error
        }
        guard let shown = wanted else {
            if options.dryRun { return Report(json: common.json).nothing(action) }
            do throws(Failure) {
                try mayChange.get()
                return try session.locked(waiting: options.wait) { () throws(Failure) in try repeated() }
            } catch {
                throw mayTakeTrustAway && !error.isLive ? error.adding([Self.stillTrusted]) : error
            }
        }
        if options.dryRun { return dryRun(shown, register) }
        do throws(Failure) {
            try mayChange.get()
            try Confirmation(assumeYes: options.yes).ask(shown, register)
            let shownFingerprints = Set(shown.fingerprints)
            try session.locked(waiting: options.wait) { () throws(Failure) in try decide(about: shownFingerprints) }
        } catch {
            // Whoever revokes a stolen key must not miss that it still opens the relay.
            if error.isLive { throw error }
            let unread = register.isListEdited ? shown.deny.filter { !shown.losingTrust.contains($0) } : []
            throw error.adding(
                shown.losingTrust.map { "\($0) is STILL TRUSTED" }
                    + unread.map { "\($0) is STILL TRUSTED if the exim that runs has read a list with it: it was edited since" })
        }
    }

    private var mayTakeTrustAway: Bool { action != .approve && action != .forget }

    /// Where it is not known who that is.
    private static let stillTrusted = "nothing has changed: who was trusted is STILL TRUSTED"

    /// Under the lock: nothing that was read before it counts.
    private func decide(about shown: Set<Fingerprint>) throws(Failure) {
        try session.recover()
        var register = try Register(session.configuration)
        guard var plan = try plan(&register) else { return try repeated() }
        guard Set(plan.fingerprints).isSubset(of: shown) else {
            throw Failure("refused: what is to be changed has changed meanwhile", .busy, hint: "look again, then repeat the command")
        }
        let done: TrustChange.Done
        do throws(TrustChangeError) {
            done = try Signals.heldOff { () throws(TrustChangeError) in try session.changes.apply(plan) }
        } catch {
            let failure = Failure(error)
            plan.log(outcome: failure.messages[0])
            throw failure
        }
        plan.decision.number = done.line.number
        plan.log(outcome: "done", done.line)
        let left = action == .undo ? [] : removeFromQueue(plan)
        let open = try openSessions(losing: plan.losingTrust.compactMap { try? Fingerprint(exactly: $0.utf8) }, done.read, &register)
        Report(json: common.json).done(plan, notes: texts(done.notes) + left + open)
    }

    /// What is left of the trust in those that lost it now, and in those that were named for it. `register` is what was known before.
    private func openSessions(
        losing: [Fingerprint], _ read: Double?, _ register: inout Register
    ) throws(Failure) -> [String] {
        let read = read ?? BootClock.now
        let named = try disconnecting?(&register)
        var losses: [OpenSessions.Loss] = []
        for fingerprint in named ?? losing {
            var loss = OpenSessions.Loss(fingerprint: fingerprint, addresses: Set(register[fingerprint].addresses), moment: read)
            if !losing.contains(fingerprint) {
                // When Exim read the list nobody knows but the operator, where he is the one who tells it.
                let isOurs = session.configuration.reload != .none
                let known = isOurs ? register.ledger.loss(of: fingerprint, list: register.list.bytes ?? []) : nil
                loss.isKnown = known != nil
                loss.moment = known.map(BootClock.end) ?? read
            }
            losses.append(loss)
        }
        return OpenSessions(session: session, ending: named != nil).notes(losses)
    }

    /// The disk says already what is wanted. What Exim runs with may be older: somebody edited the list by hand, and did not reload.
    private func repeated() throws(Failure) {
        try session.recover()
        var (notes, read) = ([TrustChange.Note](), Double?.none)
        if try mustReadAgain() {
            let list = try TrustListFile(session.configuration.list)
            do throws(Cause) { (notes, read) = try Signals.heldOff { () throws(Cause) in try session.changes.reassure(list) } } catch {
                throw Failure(error)
            }
        }
        var open: [String] = []
        if disconnecting != nil {
            var register = try Register(session.configuration)
            open = try openSessions(losing: [], read, &register)
        }
        Report(json: common.json).nothing(action, notes: texts(notes) + open)
    }

    /// A denial that is one already, and an undo with nothing to undo, need no Exim where it has read what lies there.
    private func mustReadAgain() throws(Failure) -> Bool {
        switch action {
        case .approve, .revoke: return true
        case .deny, .undo: return try Register(session.configuration).isListEdited
        case .forget, .mend, .setup: return false
        }
    }

    private func plan(_ register: inout Register) throws(Failure) -> TrustPlan? {
        if mayTakeTrustAway, register.isListGone { throw Failure(register.list.missing) }
        let wishes = try wishes(&register)
        let certificates = try session.installation(of: wishes, in: register, allowingCA: allowsCA)
        return try TrustPlan.making(
            wishes, action: action, reason: options.reason, undoes: undoes, in: register, installing: certificates, by: .current)
    }

    private func dryRun(_ plan: TrustPlan, _ register: Register) {
        Confirmation.warn(of: plan, register)
        let diff = plan.list.map { UnifiedDiff.bytes(between: register.list.bytes, Array($0.after), path: $0.path) } ?? []
        if common.json { return Report(json: true).planned(plan, diff: String(decoding: diff, as: UTF8.self)) }
        Output.write(diff)
        for item in plan.directory?.install ?? [] { Progress.note("would install \(item.name) in \(plan.directory?.path ?? "")") }
        for item in plan.directory?.remove ?? [] { Progress.note("would remove \(item.name) from \(plan.directory?.path ?? "")") }
        for name in plan.deny { Progress.note("would deny \(name)") }
        for name in plan.allow { Progress.note("would take back the denial of \(name)") }
        Progress.note("dry run: nothing has changed, and Exim has not been asked")
    }

    /// The entries are decided: they go. What does not go is hidden behind the decision.
    private func removeFromQueue(_ plan: TrustPlan) -> [String] {
        plan.fingerprints.compactMap { fingerprint in
            do {
                try Queue.remove(fingerprint, in: session.configuration.pending)
                return nil
            } catch { return "its entry stays in the queue: \(error)" }
        }
    }

    private func texts(_ notes: [TrustChange.Note]) -> [String] { notes.map { $0.text(session.configuration) } }
}

extension TrustChange.Note {
    func text(_ configuration: Configuration) -> String {
        switch self {
        case .nobodyTold where configuration.reload == .none: "reload = none: it counts when Exim is told to reload"
        case .noExim: "no exim is here: nobody has checked the files, and an exim at another place must be started again"
        case .nobodyTold: "Exim does not run: it counts when Exim starts"
        case .journalNotRemoved(let error): "the journal stays until the next command: \(error)"
        case .fileNotRemoved(let error): "a file is empty now, and the journal stays until the next command, which removes it: \(error)"
        }
    }
}

extension TrustPlan {
    /// Tells the machine's log who decided what and why, and, of what is done, which line of the ledger says so: with a log that is sent
    /// elsewhere, somebody can tell later whether that line was altered or taken away, the last one too.
    func log(outcome: String, _ line: LedgerSeal? = nil) {
        var more: [(String, String)] = decision.reason.map { [("REASON", $0)] } ?? []
        if let line { more += [("LEDGER_LINE", String(line.number)), ("LEDGER_DIGEST", line.digest)] }
        if let setup = decision.setup {
            let way = setup.trust.map { "trust by \($0.rawValue)" } ?? "taken back"
            SystemLog.send(
                "setup, \(way), by \(decision.operator.described): \(outcome)", severity: outcome == "done" ? .notice : .warning,
                facility: .auth, identifier: "trustctl",
                fields: [("ACTION", decision.action.rawValue), ("OPERATOR", decision.operator.described), ("OUTCOME", outcome)] + more)
        }
        for subject in decision.subjects {
            SystemLog.send(
                "\(decision.action.rawValue) \(subject.fingerprint) by \(decision.operator.described): \(outcome)",
                severity: outcome == "done" ? .notice : .warning, facility: .auth, identifier: "trustctl",
                fields: [
                    ("FINGERPRINT", subject.fingerprint), ("ACTION", decision.action.rawValue), ("OPERATOR", decision.operator.described),
                    ("OUTCOME", outcome),
                ] + more)
        }
    }
}

extension Operator {
    /// With what is only claimed marked as such.
    var described: String {
        var text = login ?? (uid == 0 ? "root" : "uid \(uid)")
        if let sudoUser, sudoUser != login { text += " (sudo says \(sudoUser))" }
        return text
    }
}

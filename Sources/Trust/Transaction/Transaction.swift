import EximControl
import FoundationEssentials
import Host
import SystemPackage
import TrustCore

/// Applies one change of trust as a whole. It ends as done, refused, undone or stuck, and the operator is told which.
///
/// The order of the steps is the point. Until the exchange nothing that grants trust has changed. From then on every failure puts the old
/// files back, and if trustctl is killed, the journal tells the next command what was under way (`Recovery`).
package struct Transaction {
    package let journal: Journal
    let preparation: Preparation
    let names: NamedFiles
    let files: LiveFiles
    let exim: LiveExim
    let ledger: any LedgerStore

    /// `folder` is trustctl's own. `exim` is called only when Exim's configuration changes (`LiveExim`).
    init(in folder: FilePath, ledger: any LedgerStore, files: any FileSystem, exim: @escaping () throws(EximError) -> (any Exim)?) {
        journal = Journal(folder: folder, files: files)
        preparation = Preparation(
            denied: folder.appending(SharedFiles.denied), deniedKeys: DeniedKeys(in: folder), files: files)
        names = NamedFiles(files: files)
        self.files = LiveFiles(files: files)
        self.exim = LiveExim(find: exim)
        self.ledger = ledger
    }

    /// A change that is done.
    package struct Done {
        /// The ledger's line about it.
        let line: LedgerSeal
        /// When every daemon had read it, by `Clock.boot`; nil when none was told.
        let read: Duration?
        /// Who could not be told, and still trusts what is no longer trusted.
        let left: [StillTrusting]
        let notes: [Note]
    }

    /// Applies `plan`. The caller holds the lock and has ended what was interrupted. `judge` may refuse candidates that Exim has accepted:
    /// setup rehearses sessions with them.
    func apply(
        _ plan: TrustPlan, judging judge: ([Program.Substitution]) throws(Failure) -> Void = { _ in }
    ) throws(TransactionError) -> Done {
        do throws(Failure) { try journal.begin(plan) } catch {
            // Else the next command would finish a change that the operator was told is refused.
            do { try journal.remove() } catch let second { throw .stuck(error, undoing: Failure(second)) }
            throw .refused(error)
        }
        let accepted: LiveExim.Accepted?
        var unseen: String?
        do throws(Failure) {
            accepted = try prepare(plan)
            if let edit = plan.approved, accepted == nil { try exim.check(edit) }
            if let edit = plan.revoked, edit.conversion == nil { unseen = try exim.obstacle(revoking: edit) }
            // Who is in the list too must lose that all the same.
            if let unseen, plan.losingTrust.isEmpty { throw Failure(unseen, .refused, hint: "`trustctl doctor` says what to do") }
            if let accepted { try judge(accepted.edits.map(\.substitution)) }
            try preparation.apply(plan)
            if let accepted { try files.exchange(accepted.edits) }
        } catch {
            // A file could not be put back: its candidate is the only copy of one version, and stays.
            if error.exit == .stuck { throw .stuck(error, undoing: error) }
            try abandon(plan, because: error)
            throw .refused(error)
        }
        let reading = try makeLive(accepted, of: plan)
        if plan.nameEdits.contains(where: { $0.conversion == nil }) { try prove(accepted, of: plan) }
        let line: LedgerSeal
        do throws(Failure) { line = try ledger.write(plan.entry) } catch {
            // Undoing a revocation because a disk is full would make a stolen key trusted again.
            if plan.takesTrustAway { throw .unfinished(error) }
            // The ledger may say that it is done: the next command looks, and finishes or undoes it.
            if error.exit == .stuck { throw .stuck(error, undoing: error) }
            try undo(accepted, of: plan, because: error)
        }
        // Who is sending mail just now still looks into the folder, and would be deferred (451) when it is gone.
        if plan.nameEdits.contains(where: { $0.conversion == .outOfFolder }), let moment = reading.moment {
            accepted?.exim?.waitForSessions(begunBefore: moment)
        }
        let notes = (unseen.map { [.revokedUnseen($0)] } ?? []) + reading.notes
        return Done(line: line, read: reading.moment, left: reading.left, notes: notes + end(plan))
    }

    /// Has Exim check and read the list as it is, without changing it. `insisting`: also when some daemon cannot be told.
    func reread(_ list: TrustListFile, insisting: Bool) throws(Failure) -> LiveExim.Reading {
        guard let bytes = list.bytes, let definition = list.definition else { throw list.missing }
        let edit = FileEdit(path: list.path.string, before: Data(bytes), after: Data(bytes))
        defer { files.removeCandidates([edit]) }
        return try exim.reload(try prepare([edit], meant: definition.content, insisting: insisting))
    }

    private func prepare(_ plan: TrustPlan) throws(Failure) -> LiveExim.Accepted? {
        try files.make(plan)
        try names.prepare(plan)
        for edit in plan.nameEdits where edit.conversion == .intoFolder { try exim.prove(edit) }
        guard !plan.edits.isEmpty else { return nil }
        return try prepare(plan.edits, meant: plan.meant, adding: plan.gainingTrust, insisting: plan.takesTrustAway)
    }

    /// Writes the candidates and has Exim judge them.
    func prepare(
        _ edits: [FileEdit], meant: ListContent?, adding: Set<Fingerprint> = [], insisting: Bool
    ) throws(Failure) -> LiveExim.Accepted {
        try files.writeCandidates(edits)
        return try exim.judge(edits, meant: meant, adding: adding, insisting: insisting)
    }

    private func makeLive(_ accepted: LiveExim.Accepted?, of plan: TrustPlan) throws(TransactionError) -> LiveExim.Reading {
        do throws(Failure) {
            if let accepted { try files.synchronize(accepted.edits) }
            try names.apply(plan)
            return if let accepted { try exim.reload(accepted, losing: plan.losingTrust) } else { LiveExim.Reading() }
        } catch {
            try undo(accepted, of: plan, because: error)
        }
    }

    /// Has Exim look for what was made and removed where it looks already.
    private func prove(_ accepted: LiveExim.Accepted?, of plan: TrustPlan) throws(TransactionError) {
        do throws(Failure) { for edit in plan.nameEdits where edit.conversion == nil { try exim.prove(edit) } } catch {
            guard plan.takesTrustAway else { try undo(accepted, of: plan, because: error) }
            // The name of a stolen key is gone, and stays so. While Exim cannot look, it lets nobody in.
            guard error.exit == .stuck else { throw .unfinished(error) }
            throw .stuck(error, undoing: Failure("the name is removed, and not made again", .stuck, hint: error.hint))
        }
    }

    /// Throws `.undone`, or `.stuck` when undoing fails too.
    private func undo(_ accepted: LiveExim.Accepted?, of plan: TrustPlan, because cause: Failure) throws(TransactionError) -> Never {
        do throws(Failure) {
            if let accepted {
                try files.exchangeBack(accepted.edits)
                try exim.revive(accepted)
            }
        } catch { throw .stuck(cause, undoing: error) }
        try abandon(plan, because: cause)
        throw .undone(cause)
    }

    /// Takes back what a change has left that is not live, or no longer.
    private func abandon(_ plan: TrustPlan, because cause: Failure) throws(TransactionError) {
        do throws(Failure) {
            try preparation.undo(plan)
            try names.undo(plan)
            try files.unmake(plan)
        } catch { throw .stuck(cause, undoing: error) }
        // Else the next command would finish a change that the operator was told is not done.
        for case .journalNotRemoved(let error) in end(plan, isDone: false) { throw .stuck(cause, undoing: Failure(error)) }
    }

    /// Removes the left-overs, for a change that is done also the files that are to go, and the journal last. What cannot be removed does
    /// no harm: the next command finds the decision in the ledger, and tries again.
    func end(_ plan: TrustPlan, isDone: Bool = true) -> [Note] {
        files.removeCandidates(plan.edits)
        if isDone {
            do throws(SystemError) {
                try files.removeEmptied(plan)
                try names.finish(plan)
            } catch { return [.fileNotRemoved(error)] }
            do { try IssuedFiles(files: files.files).finish(plan) } catch { return [.notHandedOver(error)] }
        }
        // After a power failure no removed file may be back without the journal.
        try? files.synchronize(plan.edits)
        do { try journal.remove() } catch { return [.journalNotRemoved(error)] }
        journal.synchronize()
        return []
    }
}

import EximControl
import FoundationEssentials
import Glibc
import Host
import SystemPackage
import TrustCore

/// Ends a change that was interrupted: trustctl was killed, or the power failed.
///
/// A change that takes trust away is finished, every other one is undone. Nothing is assumed about what the list holds now: somebody may
/// have edited it since, and his other lines stay.
struct Recovery {
    let transaction: Transaction
    /// The trust list without symbolic links, as configured now; nil when it cannot be resolved.
    let list: FilePath?

    /// How an interrupted change ended.
    enum Outcome: Equatable {
        /// It was all but done, or takes trust away: it is done now.
        case finished(TrustPlan.Summary, [Transaction.Note])
        /// It would have granted trust: nothing of it remains.
        case undone(TrustPlan.Summary, [Transaction.Note])
    }

    /// Ends what the journal says was under way; nil when there was nothing. The caller holds the lock.
    func run() throws(TransactionError) -> Outcome? {
        let plan: TrustPlan
        do throws(Failure) {
            transaction.journal.removeDraft()
            transaction.ledger.removeLeftOvers()
            guard let read = try transaction.journal.read() else { return nil }
            plan = read
        } catch { throw .refused(error) }
        do throws(Failure) {
            if try isWritten(plan) { return .finished(plan.summary, transaction.end(plan)) }
            if let path = plan.list?.path, path != list?.string {
                throw Failure(
                    "the journal is about the list \(path), but the configured list is \(list?.string ?? "missing")", .stuck,
                    hint: "set `list = \(path)` in trustd.conf until the change is finished or undone")
            }
            if plan.takesTrustAway {
                try transaction.preparation.apply(plan)
                try transaction.names.apply(plan)
                let reading = try settle(plan, forward: true)
                for edit in plan.nameEdits { try transaction.exim.prove(edit) }
                _ = try transaction.ledger.write(plan.entry)
                let left = reading.left.map { Transaction.Note.stillTrusting($0) }
                return .finished(plan.summary, left + reading.notes.filter(\.isAboutOthers) + transaction.end(plan))
            }
            // A daemon that could not be told may trust what nobody has approved.
            let left = try settle(plan, forward: false).left.filter { !$0.exim.isReader }
            guard left.isEmpty else { throw Failure(left, notes: []) }
            try transaction.preparation.undo(plan)
            try transaction.names.undo(plan)
            try transaction.files.unmake(plan)
            return .undone(plan.summary, transaction.end(plan, isDone: false))
        } catch {
            let losing = plan.losingTrust
            let most = TrustPlan.Summary.mostNamed
            let stillTrusted =
                losing.prefix(most).map { "; \($0) is STILL TRUSTED" }.joined()
                + (losing.count > most ? "; and \(losing.count - most) more are STILL TRUSTED" : "")
            let what = "\(plan.decision.action) by \(plan.decision.operator.described)"
            throw .stuck(
                Failure("an interrupted change (\(what)) must be finished or undone first\(stillTrusted)", .stuck), undoing: error)
        }
    }

    private func isWritten(_ plan: TrustPlan) throws(Failure) -> Bool {
        do { return try transaction.ledger.holds(plan.decision.id) } catch { throw Failure(error) }
    }

    /// Brings every file of `plan` to what it should hold, and has Exim read them, whatever it has read before.
    private func settle(_ plan: TrustPlan, forward: Bool) throws(Failure) -> LiveExim.Reading {
        guard !plan.edits.isEmpty else { return LiveExim.Reading() }
        let files = transaction.files
        try files.make(plan, again: true)
        var next: [FileEdit] = []
        for edit in plan.files { next.append(try settled(edit, to: forward ? edit.incoming : edit.outgoing)) }
        var meant = forward ? plan.trusted?.contentAfter : plan.trusted?.contentBefore
        if let list = plan.list {
            let (edit, trusted) = try settled(
                list, moved: plan.moved, to: forward ? list.after : list.before, isConverted: plan.approved?.conversion != nil)
            next.append(edit)
            meant = trusted
        }
        // In the order in which they became live, or the reverse.
        if !forward { next.reverse() }
        let accepted = try transaction.prepare(next, meant: meant, insisting: true)
        try files.exchange(next.filter { $0.before != $0.after })
        try files.synchronize(next)
        return try transaction.exim.reload(accepted, losing: forward ? plan.losingTrust : [])
    }

    /// The edit that brings a file to `wanted`. Throws when somebody has changed it meanwhile.
    private func settled(_ edit: FileEdit, to wanted: [UInt8]) throws(Failure) -> FileEdit {
        let live = try transaction.files.live(edit)
        guard [edit.incoming, edit.outgoing, []].contains(live) else {
            throw Failure(
                "\(edit.path) was changed by somebody else meanwhile", .stuck,
                hint: "undo that edit, or remove from it what trustctl inserted; then repeat the command")
        }
        return FileEdit(path: edit.path, before: Data(live), after: Data(wanted), access: edit.access)
    }

    /// The same for the list, and what Exim must trust with it. If somebody has edited the list meanwhile, or removed what was beside it, only
    /// the fingerprints in `moved` are taken out of what is there.
    private func settled(
        _ list: ListEdit, moved: Set<Fingerprint>, to wanted: ListEdit.Version, isConverted: Bool
    ) throws(Failure) -> (FileEdit, ListContent) {
        let live = try transaction.files.live(list)
        let isOurs = list.after.matches(live) || list.before.matches(live)
        let bytes = isOurs ? try transaction.files.bytes(of: wanted, list, live: live) : nil
        if isConverted, bytes == nil {
            throw Failure(
                "\(list.path) was changed by somebody else meanwhile", .stuck, hint: "undo that edit, then repeat the command")
        }
        do throws(TrustListError) {
            let (next, content): ([UInt8], ListContent)
            if let bytes {
                (next, content) = (bytes, try ListDefinition(in: bytes, file: list.edit.file).content)
            } else {
                (next, content) = try ListDefinition(in: live, file: list.edit.file).removing(moved, unchanged: live)
            }
            return (FileEdit(path: list.path, before: Data(live), after: Data(next)), content)
        } catch { throw Failure(error) }
    }
}

package import EximControl
import FoundationEssentials
import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// What became of a change that was interrupted: killed, or without power.
package enum Recovered: Equatable {
    /// It was all but done, or takes trust away: it is done now.
    case finished(TrustPlan.Summary, [TrustChange.Note])
    /// It would have granted trust: nothing of it remains.
    case undone(TrustPlan.Summary, [TrustChange.Note])
}

extension TrustPlan {
    /// A decision in a few words.
    package struct Summary: Equatable {
        package let action: String
        package let fingerprints: [Fingerprint]
        package let by: String
        package let time: String
    }

    var summary: Summary {
        Summary(
            action: decision.action.rawValue, fingerprints: fingerprints, by: decision.operator.described,
            time: decision.time)
    }
}

extension TrustChange {
    /// Ends what the journal says was under way; nil when nothing was. The caller holds the lock.
    ///
    /// A change that takes trust away is rolled forward, every other one back. Nothing is assumed about the list's bytes: a person may
    /// have edited it since, and his other lines stand.
    package func recover(list: FilePath?) throws(TrustChangeError) -> Recovered? {
        let plan: TrustPlan
        do throws(Failure) {
            guard let read = try interrupted() else { return nil }
            plan = read
        } catch { throw .refused(error) }
        do throws(Failure) {
            if try isWrittenDown(plan) {
                return .finished(plan.summary, end(plan))
            }
            if let path = plan.list?.path, path != list?.string {
                throw Failure(
                    "the journal is about \(path), and the list is \(list?.string ?? "nowhere")", .stuck,
                    hint: "say `list = \(path)` in trustd.conf until this is ended")
            }
            if plan.takesTrustAway {
                try mark(plan)
                try settle(plan, forward: true)
                try writeDown(plan)
                return .finished(plan.summary, end(plan))
            }
            try settle(plan, forward: false)
            try unmark(plan)
            try unmake(plan)
            return .undone(plan.summary, end(plan, isDone: false))
        } catch {
            let stillTrusted = plan.losingTrust.map { "; \($0) is STILL TRUSTED" }.joined()
            let what = "\(plan.decision.action) by \(plan.decision.operator.described)"
            throw .stuck(
                Failure("a change that was interrupted (\(what)) must be ended first\(stillTrusted)", .stuck),
                undoing: error)
        }
    }

    /// Has Exim check and read the list as it is, which nobody is to change; when it had done so, by `BootClock`.
    package func reassure(_ list: TrustListFile) throws(Failure) -> (notes: [Note], read: Double?) {
        guard let bytes = list.bytes, let definition = list.definition else { throw list.missing }
        let edit = FileEdit(path: list.path.string, before: Data(bytes), after: Data(bytes))
        defer { removeCandidate(of: edit) }
        let ready = try prepare([edit], meant: Array(definition.list.fingerprints))
        return (ready.notes, try reload(ready))
    }

    private func interrupted() throws(Failure) -> TrustPlan? {
        do throws(SystemError) {
            // They never became journal and ledger: nothing had begun, and nobody reads them.
            try? files.remove(places.newJournal)
            try? files.remove(places.newLedger)
            guard let bytes = try files.contents(of: places.journal) else { return nil }
            if let plan = try? JSONDecoder().decode(TrustPlan.self, from: Data(bytes)) { return plan }
        } catch { throw Failure(error) }
        throw Failure(
            "\(places.journal) is not understood", .stuck,
            hint: "see with `trustctl list` what is approved, then move \(places.journal) away")
    }

    private func isWrittenDown(_ plan: TrustPlan) throws(Failure) -> Bool {
        do { return Ledger(try files.contents(of: places.ledger) ?? []).holds(plan.decision.id) } catch { throw Failure(error) }
    }

    /// Brings every file of `plan` to what it is to hold, and has Exim read them, whatever it has read before.
    private func settle(_ plan: TrustPlan, forward: Bool) throws(Failure) {
        guard !plan.edits.isEmpty else { return }
        try make(plan, again: true)
        var next: [FileEdit] = []
        for edit in plan.files { next.append(try settled(edit, to: forward ? edit.incoming : edit.outgoing)) }
        var meant = forward ? plan.trusted?.after : plan.trusted?.before
        if let list = plan.list {
            let (edit, trusted) = try settled(list, moved: plan.moved, to: forward ? list.after : list.before)
            next.append(edit)
            meant = trusted
        }
        // In the order in which they became live, or the other way round.
        if !forward { next.reverse() }
        let ready = try prepare(next, meant: meant)
        try exchange(next.filter { $0.before != $0.after })
        try synchronize(next)
        try reload(ready)
    }

    /// What is live at `edit`'s place now.
    ///
    /// We may have died between the exchange and the look at what came out, and that was a person's edit: it goes back.
    private func live(_ edit: FileEdit) throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            guard let found = try files.contents(of: edit.file) else { throw SystemError("open", edit.file, code: ENOENT) }
            if found == edit.incoming, let other = try files.contents(of: edit.candidate), ![edit.outgoing, edit.incoming].contains(other) {
                try files.exchange(edit.candidate, edit.file)
                return other
            }
            return found
        } catch { throw Failure(error) }
    }

    /// The edit that brings a file to `wanted`. What a person has made of it meanwhile is not overwritten.
    private func settled(_ edit: FileEdit, to wanted: [UInt8]) throws(Failure) -> FileEdit {
        let live = try live(edit)
        guard [edit.incoming, edit.outgoing, []].contains(live) else {
            throw Failure(
                "\(edit.path) was changed by somebody else meanwhile", .stuck,
                hint: "undo that edit, or take out of it what trustctl put in; then repeat the command")
        }
        return FileEdit(path: edit.path, before: Data(live), after: Data(wanted), access: edit.access)
    }

    /// The same for the list, and what Exim must trust with it: when a person has edited it, only `moved` is taken out of what he made of
    /// it.
    private func settled(
        _ list: TrustPlan.ListEdit, moved: Set<Fingerprint>, to wanted: Data
    ) throws(Failure) -> (FileEdit, [Fingerprint]) {
        let live = try live(list.edit)
        do throws(TrustListError) {
            guard live == Array(list.after) || live == Array(list.before) else {
                let definition = try ListDefinition(in: live, file: list.edit.file)
                let rest = definition.list.removing(moved)
                return (
                    FileEdit(path: list.path, before: Data(live), after: Data(definition.file(with: rest))),
                    Array(rest.fingerprints)
                )
            }
            let trusted = try ListDefinition(in: Array(wanted), file: list.edit.file).list
            return (FileEdit(path: list.path, before: Data(live), after: wanted), Array(trusted.fingerprints))
        } catch { throw Failure(error) }
    }
}

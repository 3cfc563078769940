import FoundationEssentials
import Glibc
import SystemPackage
import TrustCore

/// What became of a change that was interrupted: killed, or without power.
enum Recovered: Equatable {
    /// It was all but done, or takes trust away: it is done now.
    case finished(TrustPlan.Summary)
    /// It would have granted trust: nothing of it remains.
    case undone(TrustPlan.Summary)
}

extension TrustPlan {
    /// A decision in a few words.
    struct Summary: Equatable {
        let action: String
        let fingerprints: [String]
        let by: String
        let time: String
    }

    var summary: Summary {
        Summary(
            action: decision.action.rawValue, fingerprints: decision.subjects.map(\.fingerprint), by: decision.operator.described,
            time: decision.time)
    }
}

extension TrustChange {
    /// Ends what the journal says was under way; nil when nothing was. The caller holds the lock.
    ///
    /// A change that takes trust away is rolled forward, every other one back. Nothing is assumed about the list's bytes: a person may
    /// have edited it since, and his other lines stand.
    func recover(list: FilePath?) throws(TrustChangeError) -> Recovered? {
        let plan: TrustPlan
        do throws(Cause) {
            guard let read = try interrupted() else { return nil }
            plan = read
        } catch { throw .refused(error) }
        do throws(Cause) {
            if try isWrittenDown(plan) {
                finishEnd(plan)
                return .finished(plan.summary)
            }
            if let path = plan.list?.path, path != list?.string {
                throw Cause(
                    "the journal is about \(path), and the list is \(list?.string ?? "nowhere")", .stuck,
                    hint: "say `list = \(path)` in trustd.conf until this is ended")
            }
            if plan.takesTrustAway {
                try mark(plan)
                try plan.list.map { edit throws(Cause) in try settle(edit, moved: plan.moved, to: edit.after) }
                try writeDown(plan)
                finishEnd(plan)
                return .finished(plan.summary)
            }
            try plan.list.map { edit throws(Cause) in try settle(edit, moved: plan.moved, to: edit.before) }
            try unmark(plan)
            finishEnd(plan)
            return .undone(plan.summary)
        } catch {
            let stillTrusted = plan.losingTrust.map { "; \($0) is STILL TRUSTED" }.joined()
            let what = "\(plan.decision.action) by \(plan.decision.operator.described)"
            throw .stuck(
                Cause("a change that was interrupted (\(what)) must be ended first\(stillTrusted)", .stuck),
                undoing: error)
        }
    }

    /// Has Exim check and read the list as it is, which nobody is to change.
    func reassure(_ list: TrustListFile) throws(Cause) -> [Note] {
        guard let bytes = list.bytes, let definition = list.definition else { return [] }
        let edit = TrustPlan.ListEdit(
            path: list.path.string, before: Data(bytes), after: Data(bytes),
            meant: definition.list.fingerprints.map(\.description))
        defer { try? files.remove(edit.candidate) }
        let ready = try prepare(edit)
        try reload(ready)
        return ready.notes
    }

    private func interrupted() throws(Cause) -> TrustPlan? {
        do throws(SystemError) {
            // It never became the journal: nothing had begun.
            try files.remove(places.newJournal)
            guard let bytes = try files.contents(of: places.journal) else { return nil }
            if let plan = try? JSONDecoder().decode(TrustPlan.self, from: Data(bytes)) { return plan }
        } catch { throw Cause(error) }
        throw Cause(
            "\(places.journal) is not understood", .stuck,
            hint: "see with `trustctl list` what is approved, then move \(places.journal) away")
    }

    private func isWrittenDown(_ plan: TrustPlan) throws(Cause) -> Bool {
        do { return Ledger(try files.contents(of: places.ledger) ?? []).holds(plan.decision.id) } catch { throw Cause(error) }
    }

    private func finishEnd(_ plan: TrustPlan) { _ = end(plan) }

    /// Brings the live list to `wanted` if it is still one of ours, else takes only `moved` out of what a person has made of it; and has
    /// Exim read it, whatever Exim has read before.
    private func settle(_ edit: TrustPlan.ListEdit, moved: Set<Fingerprint>, to wanted: Data) throws(Cause) {
        let after = Array(edit.after)
        let before = Array(edit.before)
        let live: [UInt8]
        do throws(SystemError) {
            guard var found = try files.contents(of: edit.file) else { throw SystemError("open", edit.file, code: ENOENT) }
            // We died between the exchange and the look at what came out, and that was a person's edit: it goes back.
            if found == after, let other = try files.contents(of: edit.candidate), other != before, other != after {
                try files.exchange(edit.candidate, edit.file)
                found = other
            }
            live = found
        } catch { throw Cause(error) }

        var next = edit
        next.before = Data(live)
        if live == after || live == before {
            next.after = wanted
            do throws(TrustListError) {
                let list = try MacroDefinition(in: Array(wanted), file: edit.file).list
                next.meant = list.fingerprints.map(\.description)
            } catch { throw Cause(error) }
        } else {
            do throws(TrustListError) {
                let definition = try MacroDefinition(in: live, file: edit.file)
                let list = definition.list.removing(moved)
                next.after = Data(definition.file(with: list))
                next.meant = list.fingerprints.map(\.description)
            } catch { throw Cause(error) }
        }
        let ready = try prepare(next)
        if next.before != next.after { try exchange(ready) }
        try synchronizeList(next)
        try reload(ready)
    }
}

extension Cause {
    init(_ error: TrustListError) {
        switch error {
        case .poison:
            self.init(error.description, .refused, hint: "take that line out of the list by hand, and reload Exim, now")
        case .notDefined:
            self.init(
                error.description, .notSound,
                hint: "add a line `\(MacroDefinition.name) =` to it, or name another file with `list = PATH` in trustd.conf")
        case .notUnderstood:
            self.init(error.description, .notSound, hint: "trustctl changes a plain list of fingerprints only; nothing was changed")
        }
    }
}

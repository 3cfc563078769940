import FoundationEssentials
import Glibc
import SystemPackage
import TrustCore

/// One change of trust, as one transaction: it is done, refused, undone or stuck, and each of the four says so.
///
/// The order is the documentation. Until the exchange nothing that Exim or trustd reads has changed but denials, which grant nothing; from
/// then on every failure puts the old list back, and the journal tells the next command what was under way when we died.
struct TrustChange {
    let places: Places
    let files: any FileSystem
    /// Made when the list changes: a denial alone needs no Exim.
    let exim: () throws(EximError) -> any Exim

    /// trustctl's own folder.
    struct Places {
        let folder: FilePath

        var ledger: FilePath { folder.appending(Ledger.name) }
        var journal: FilePath { folder.appending("journal") }
        var newJournal: FilePath { folder.appending("journal.new") }
        var denied: FilePath { folder.appending("denied") }
    }

    /// What a change that is done still has to tell.
    enum Note: Equatable {
        /// No daemon was told: the list counts when Exim starts, or is told by other means.
        case nobodyTold
        case journalNotRemoved(SystemError)
    }

    /// Applies `plan`. The caller holds the lock and has recovered what was interrupted.
    func apply(_ plan: TrustPlan) throws(TrustChangeError) -> [Note] {
        do throws(Cause) { try begin(plan) } catch { throw .refused(error) }
        let ready: Ready?
        do throws(Cause) {
            ready = try plan.list.map(prepare)
            try mark(plan)
            if let ready { try exchange(ready) }
        } catch {
            // Neither list is where it belongs: what lies beside the list is the only copy of one of them, and stays.
            if error.exit == .stuck { throw .stuck(error, undoing: error) }
            try abandon(plan, because: error)
            throw .refused(error)
        }
        if let ready { try makeLive(ready, of: plan) }
        do throws(Cause) { try writeDown(plan) } catch {
            // Taking a revocation back because a disk is full would give a stolen key its trust again.
            if plan.takesTrustAway { throw .unfinished(error) }
            try undo(ready, of: plan, because: error)
        }
        return (ready?.notes ?? []) + end(plan)
    }

    // MARK: the steps

    /// A list edit that Exim has accepted.
    struct Ready {
        let edit: TrustPlan.ListEdit
        let exim: any Exim
        let daemons: [EximDaemon]
        var notes: [Note] = []
    }

    /// The journal is on the disk before anything else changes.
    private func begin(_ plan: TrustPlan) throws(Cause) {
        guard let data = try? JSONEncoder().encode(plan) else { throw Cause("the change cannot be written to the journal", .notSound) }
        do throws(SystemError) {
            try files.create(places.newJournal, Array(data), like: nil, mode: 0o600)
            try files.rename(places.newJournal, to: places.journal)
            try files.synchronize(places.folder)
        } catch {
            try? files.remove(places.newJournal)
            try? files.remove(places.journal)
            throw Cause(error)
        }
    }

    /// Writes the candidate, and lets Exim judge it in the live list's place.
    func prepare(_ edit: TrustPlan.ListEdit) throws(Cause) -> Ready {
        do throws(SystemError) {
            try files.create(edit.candidate, Array(edit.after), like: edit.file, mode: 0o644)
        } catch { throw Cause(error) }
        do throws(EximError) {
            let exim = try exim()
            let trusted = try exim.trusted(with: edit.candidate, inPlaceOf: edit.file)
            let meant = Set(edit.meant.compactMap { try? Fingerprint(exactly: $0.utf8) })
            guard trusted == meant else { throw EximError.notInEffect(Self.difference(trusted, meant)) }
            let daemons = try exim.daemons()
            return Ready(edit: edit, exim: exim, daemons: daemons, notes: daemons.isEmpty ? [.nobodyTold] : [])
        } catch { throw Cause(error) }
    }

    static func difference(_ trusted: Set<Fingerprint>, _ meant: Set<Fingerprint>) -> String {
        func some(_ set: Set<Fingerprint>) -> String {
            set.sorted().prefix(3).map(\.description).joined(separator: ", ") + (set.count > 3 ? " and \(set.count - 3) more" : "")
        }
        var parts: [String] = []
        let missing = meant.subtracting(trusted)
        let unexpected = trusted.subtracting(meant)
        if !missing.isEmpty { parts.append("it would not trust \(some(missing))") }
        if !unexpected.isEmpty { parts.append("it would trust \(some(unexpected))") }
        return "exim does not take the list as it is meant: " + parts.joined(separator: "; ")
    }

    /// Denials grant nothing, so they may come first; they only keep trustd from queueing.
    func mark(_ plan: TrustPlan) throws(Cause) {
        guard !plan.deny.isEmpty || !plan.allow.isEmpty else { return }
        do throws(SystemError) {
            for name in plan.deny { try files.create(places.denied.appending(name), [], like: nil, mode: 0o644) }
            for name in plan.allow { try files.remove(places.denied.appending(name)) }
            try files.synchronize(places.denied)
        } catch { throw Cause(error) }
    }

    func unmark(_ plan: TrustPlan) throws(Cause) {
        var reverse = plan
        (reverse.deny, reverse.allow) = (plan.allow, plan.deny)
        try mark(reverse)
    }

    /// The candidate and the live list change places. What comes out must be what was read before: else somebody has edited the list in
    /// between, and his version goes back.
    func exchange(_ ready: Ready) throws(Cause) {
        try swap(ready.edit, expecting: Array(ready.edit.before))
    }

    /// After it the candidate's name holds what was live.
    private func swap(_ edit: TrustPlan.ListEdit, expecting expected: [UInt8]) throws(Cause) {
        do throws(SystemError) { try files.exchange(edit.candidate, edit.file) } catch { throw Cause(error) }
        let old = Result { () throws(SystemError) in try files.contents(of: edit.candidate) }
        if case .success(let old) = old, old == expected { return }
        do { try files.exchange(edit.candidate, edit.file) } catch {
            throw Cause(
                "\(edit.path) could not be put back: \(error)", .stuck,
                hint: "what was there lies in \(edit.candidate): move it back, then repeat the command")
        }
        if case .failure(let error) = old { throw Cause(error) }
        throw Cause("\(edit.path) was changed by somebody else meanwhile", .busy, hint: "look at it, then repeat the command")
    }

    private func makeLive(_ ready: Ready, of plan: TrustPlan) throws(TrustChangeError) {
        do throws(Cause) {
            try synchronizeList(ready.edit)
            try reload(ready)
        } catch {
            try undo(ready, of: plan, because: error)
        }
    }

    /// Has Exim read the list, and asks what it trusts now: somebody else may have made the configuration anew since it was checked, from
    /// sources that still held the old list.
    func reload(_ ready: Ready) throws(Cause) {
        do throws(EximError) {
            try ready.exim.reload(ready.daemons)
            guard !ready.daemons.isEmpty else { return }
            let meant = Set(ready.edit.meant.compactMap { try? Fingerprint(exactly: $0.utf8) })
            let trusted = try ready.exim.trusted()
            guard trusted == meant else { throw EximError.notReloaded("after the reload, \(Self.difference(trusted, meant))") }
        } catch { throw Cause(error) }
    }

    func synchronizeList(_ edit: TrustPlan.ListEdit) throws(Cause) {
        do { try files.synchronize(edit.file.removingLastComponent()) } catch { throw Cause(error) }
    }

    func writeDown(_ plan: TrustPlan) throws(Cause) {
        do throws(SystemError) {
            let ledger = Ledger(try files.contents(of: places.ledger) ?? [])
            guard let line = ledger.line(for: plan.decision) else { throw SystemError("encode", places.ledger, code: EINVAL) }
            try files.append(line, to: places.ledger, mode: 0o640)
        } catch { throw Cause(error) }
    }

    /// Throws undone, or stuck when that fails too.
    private func undo(_ ready: Ready?, of plan: TrustPlan, because cause: Cause) throws(TrustChangeError) {
        do throws(Cause) {
            if let ready {
                try swap(ready.edit, expecting: Array(ready.edit.after))
                try synchronizeList(ready.edit)
                do throws(EximError) { try ready.exim.revive(ready.daemons) } catch { throw Cause(error) }
            }
            try unmark(plan)
        } catch { throw .stuck(cause, undoing: error) }
        try endOrBeStuck(plan, because: cause)
        throw .undone(cause)
    }

    /// Takes back what a refused change has left; nothing of it was live.
    private func abandon(_ plan: TrustPlan, because cause: Cause) throws(TrustChangeError) {
        do throws(Cause) { try unmark(plan) } catch { throw .stuck(cause, undoing: error) }
        try endOrBeStuck(plan, because: cause)
    }

    /// A journal that stays after a failure would make the next command finish what the operator was told is not done.
    private func endOrBeStuck(_ plan: TrustPlan, because cause: Cause) throws(TrustChangeError) {
        for case .journalNotRemoved(let error) in end(plan) { throw .stuck(cause, undoing: Cause(error)) }
    }

    /// Removes the old list's left-over and the journal. After a decision that is done, what stays is no harm: the next command finds the
    /// decision in the ledger.
    func end(_ plan: TrustPlan) -> [Note] {
        if let edit = plan.list { try? files.remove(edit.candidate) }
        do { try files.remove(places.journal) } catch { return [.journalNotRemoved(error)] }
        try? files.synchronize(places.folder)
        return []
    }
}

package import EximControl
import FoundationEssentials
import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// One change of trust, as one transaction: it is done, refused, undone or stuck, and each of the four says so.
///
/// The order is the documentation. Until the exchange nothing that grants trust has changed: denials grant nothing, and neither does a
/// certificate in the trust directory that is not in the list. From then on every failure puts the old files back, and the journal tells
/// the next command what was under way when we died.
package struct TrustChange {
    package let places: Places
    package let files: any FileSystem
    /// Made when the configuration changes: a denial alone needs no Exim. Nil where none is installed any more and what was set up is taken
    /// back: nobody reads those files, and nobody can judge them.
    package let exim: () throws(EximError) -> (any Exim)?

    /// trustctl's own folder.
    package struct Places {
        package let folder: FilePath

        package var ledger: FilePath { folder.appending(Ledger.name) }
        package var journal: FilePath { folder.appending("journal") }
        var newJournal: FilePath { folder.appending("journal.new") }
        var newLedger: FilePath { folder.appending("ledger.new") }
        var lock: FilePath { folder.appending(LedgerSeal.name) }
        package var denied: FilePath { folder.appending(SharedFiles.denied) }
    }

    /// What a change that is done still has to tell.
    package enum Note: Equatable {
        /// No daemon was told: the list counts when Exim starts, or is told by other means.
        case nobodyTold
        /// There is no Exim: the files are what they are to be, and nobody has checked them.
        case noExim
        case journalNotRemoved(SystemError)
        /// It holds nothing any more. The journal stays too.
        case fileNotRemoved(SystemError)
    }

    /// A change that is done.
    package struct Done {
        /// The ledger's line about it.
        package let line: LedgerSeal
        /// By `BootClock`, when every daemon had read it; nil when nobody was told.
        package let read: Double?
        package let notes: [Note]
    }

    /// Applies `plan`. The caller holds the lock and has recovered what was interrupted. `judge` may refuse the candidates that Exim has
    /// accepted: setup rehearses sessions with them.
    package func apply(
        _ plan: TrustPlan, judging judge: ([Program.Substitution]) throws(Failure) -> Void = { _ in }
    ) throws(TrustChangeError) -> Done {
        do throws(Failure) { try begin(plan) } catch {
            // The next command would finish what the operator was told is not done.
            do { try files.remove(places.journal) } catch let second { throw .stuck(error, undoing: Failure(second)) }
            throw .refused(error)
        }
        let ready: Ready?
        do throws(Failure) {
            ready = try prepare(plan)
            if let ready { try judge(ready.edits.map(\.substitution)) }
            try mark(plan)
            if let ready { try exchange(ready.edits) }
        } catch {
            // Neither version is where it belongs: what lies beside the file is the only copy of one of them, and stays.
            if error.exit == .stuck { throw .stuck(error, undoing: error) }
            try abandon(plan, because: error)
            throw .refused(error)
        }
        let read = if let ready { try makeLive(ready, of: plan) } else { Double?.none }
        let line: LedgerSeal
        do throws(Failure) { line = try writeDown(plan) } catch {
            // Taking a revocation back because a disk is full would give a stolen key its trust again.
            if plan.takesTrustAway { throw .unfinished(error) }
            // The ledger may say that it is done: the next command looks, and ends it in the one way or the other.
            if error.exit == .stuck { throw .stuck(error, undoing: error) }
            try undo(ready, of: plan, because: error)
        }
        return Done(line: line, read: read, notes: (ready?.notes ?? []) + end(plan))
    }

    // MARK: the steps

    /// Files whose candidates Exim has accepted.
    package struct Ready {
        package let edits: [FileEdit]
        /// Nil: it is to know no trust list.
        package let meant: Set<Fingerprint>?
        package let exim: (any Exim)?
        package let daemons: [EximDaemon]
        package var notes: [Note] { exim == nil ? [.noExim] : daemons.isEmpty ? [.nobodyTold] : [] }
    }

    /// The journal is on the disk before anything else changes.
    private func begin(_ plan: TrustPlan) throws(Failure) {
        guard let data = try? JSONEncoder().encode(plan) else { throw Failure("the change cannot be written to the journal", .notSound) }
        do throws(SystemError) {
            try files.create(places.newJournal, Array(data), like: nil, access: .closed)
            try files.rename(places.newJournal, to: places.journal)
            try files.synchronize(places.folder)
        } catch {
            try? files.remove(places.newJournal)
            throw Failure(error)
        }
    }

    private func prepare(_ plan: TrustPlan) throws(Failure) -> Ready? {
        guard !plan.edits.isEmpty else { return nil }
        try make(plan)
        return try prepare(plan.edits, meant: plan.meant)
    }

    /// Writes the candidates, and lets Exim judge them in the live files' places.
    package func prepare(_ edits: [FileEdit], meant: [Fingerprint]?) throws(Failure) -> Ready {
        do throws(SystemError) {
            for edit in edits {
                try files.create(edit.draft, edit.incoming, like: edit.file, access: edit.access)
                try files.remove(edit.candidate)
                try files.rename(edit.draft, to: edit.candidate)
            }
        } catch { throw Failure(error) }
        do throws(EximError) {
            let meant = meant.map { Set($0) }
            guard let exim = try exim() else { return Ready(edits: edits, meant: meant, exim: nil, daemons: []) }
            let trusted = try exim.trusted(with: edits.map(\.substitution))
            guard trusted == meant else { throw EximError.notInEffect(Self.difference(trusted, meant)) }
            let daemons = try exim.daemons()
            return Ready(edits: edits, meant: meant, exim: exim, daemons: daemons)
        } catch { throw Failure(error) }
    }

    package static func difference(_ trusted: Set<Fingerprint>?, _ meant: Set<Fingerprint>?) -> String {
        guard let trusted else { return "exim knows no \(ListForm.macroName): its configuration does not include the list" }
        guard let meant else { return "exim still knows a \(ListForm.macroName)" }
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

    /// What grants nothing by itself comes first: denials, which only keep trustd from queueing, and certificates in the trust directory.
    func mark(_ plan: TrustPlan) throws(Failure) {
        do throws(SystemError) {
            if !plan.deny.isEmpty || !plan.allow.isEmpty {
                for denied in plan.deny { try files.create(places.denied.appending(denied.description), [], like: nil, access: .open) }
                for allowed in plan.allow { try files.remove(places.denied.appending(allowed.description)) }
                try files.synchronize(places.denied)
            }
            if let directory = plan.directory { try files.apply(directory) }
        } catch { throw Failure(error) }
    }

    func unmark(_ plan: TrustPlan) throws(Failure) {
        var reverse = plan
        (reverse.deny, reverse.allow) = (plan.allow, plan.deny)
        reverse.directory = plan.directory?.reversed
        try mark(reverse)
    }

    private func makeLive(_ ready: Ready, of plan: TrustPlan) throws(TrustChangeError) -> Double? {
        do throws(Failure) {
            try synchronize(ready.edits)
            return try reload(ready)
        } catch {
            try undo(ready, of: plan, because: error)
        }
    }

    /// Has Exim read its configuration, and asks what it trusts now: somebody else may have made the configuration anew since it was
    /// checked, from sources that still held the old list.
    @discardableResult
    package func reload(_ ready: Ready) throws(Failure) -> Double? {
        guard let exim = ready.exim else { return nil }
        do throws(EximError) {
            let moment = try exim.reload(ready.daemons)
            guard !ready.daemons.isEmpty else { return nil }
            let trusted = try exim.trusted()
            guard trusted == ready.meant else {
                throw EximError.notReloaded("after the reload, \(Self.difference(trusted, ready.meant))")
            }
            return moment
        } catch { throw Failure(error) }
    }

    /// Adds the decision to the ledger, and seals the line.
    @discardableResult
    func writeDown(_ plan: TrustPlan) throws(Failure) -> LedgerSeal {
        let old: [UInt8]
        let line: [UInt8]
        let number: Int
        do throws(SystemError) {
            old = try files.contents(of: places.ledger) ?? []
            let ledger = Ledger(old)
            var entry = plan.entry
            entry.done = Timestamp.now.description
            guard let next = ledger.line(for: entry, after: try seal()) else {
                throw SystemError("encode", places.ledger, code: EINVAL)
            }
            (line, number) = (next, ledger.lines.count + 1)
        } catch { throw Failure(error) }
        do throws(SystemError) { try files.append(line, to: places.ledger, mode: 0o640) } catch {
            // A torn line must not stand before the next one, nor a whole one say that what is taken back was done.
            do throws(SystemError) { try files.shorten(places.ledger, to: old.count) } catch let second {
                throw Failure(
                    "\(error); then \(second)", .stuck,
                    hint: "see that the file system is sound; the next trustctl command ends what was begun")
            }
            throw Failure(error)
        }
        let written = LedgerSeal(number: number, digest: Ledger.digest(of: line.dropLast()))
        seal(written)
        return written
    }

    /// Throws undone, or stuck when that fails too.
    private func undo(_ ready: Ready?, of plan: TrustPlan, because cause: Failure) throws(TrustChangeError) -> Never {
        do throws(Failure) {
            if let ready {
                let edits = Array(ready.edits.reversed())
                for (index, edit) in edits.enumerated() {
                    try synchronize(edits, before: index)
                    try swap(edit, expecting: edit.incoming)
                }
                try synchronize(ready.edits)
                do throws(EximError) { try ready.exim?.revive(ready.daemons) } catch { throw Failure(error) }
            }
            try unmark(plan)
            try unmake(plan)
        } catch { throw .stuck(cause, undoing: error) }
        try endOrBeStuck(plan, because: cause)
        throw .undone(cause)
    }

    /// Takes back what a refused change has left; nothing of it was live.
    private func abandon(_ plan: TrustPlan, because cause: Failure) throws(TrustChangeError) {
        do throws(Failure) {
            try unmark(plan)
            try unmake(plan)
        } catch { throw .stuck(cause, undoing: error) }
        try endOrBeStuck(plan, because: cause)
    }

    /// A journal that stays after a failure would make the next command finish what the operator was told is not done.
    private func endOrBeStuck(_ plan: TrustPlan, because cause: Failure) throws(TrustChangeError) {
        for case .journalNotRemoved(let error) in end(plan, isDone: false) { throw .stuck(cause, undoing: Failure(error)) }
    }

    /// Removes the left-overs and the journal: of a change that is done also the files that are to go, which are empty by now. What stays then
    /// is no harm: the next command finds the decision in the ledger, and does this again.
    package func end(_ plan: TrustPlan, isDone: Bool = true) -> [Note] {
        for edit in plan.edits { removeCandidate(of: edit) }
        if isDone {
            do throws(SystemError) { try removeEmptied(plan) } catch { return [.fileNotRemoved(error)] }
        }
        // What is gone must not come back without the journal when the power fails.
        try? synchronize(plan.edits)
        do { try files.remove(places.journal) } catch { return [.journalNotRemoved(error)] }
        try? files.synchronize(places.folder)
        return []
    }
}

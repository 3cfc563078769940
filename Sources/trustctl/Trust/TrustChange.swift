import FoundationEssentials
import Glibc
import SystemPackage
import TrustCore

/// One change of trust, as one transaction: it is done, refused, undone or stuck, and each of the four says so.
///
/// The order is the documentation. Until the exchange nothing that grants trust has changed: denials grant nothing, and neither does a
/// certificate in the trust directory that is not in the list. From then on every failure puts the old files back, and the journal tells
/// the next command what was under way when we died.
struct TrustChange {
    let places: Places
    let files: any FileSystem
    /// Made when the configuration changes: a denial alone needs no Exim. Nil where none is installed any more and what was set up is taken
    /// back: nobody reads those files, and nobody can judge them.
    let exim: () throws(EximError) -> (any Exim)?

    /// trustctl's own folder.
    struct Places {
        let folder: FilePath

        var ledger: FilePath { folder.appending(Ledger.name) }
        var journal: FilePath { folder.appending("journal") }
        var newJournal: FilePath { folder.appending("journal.new") }
        var newLedger: FilePath { folder.appending("ledger.new") }
        var lock: FilePath { folder.appending(LedgerSeal.name) }
        var denied: FilePath { folder.appending("denied") }
    }

    /// What a change that is done still has to tell.
    enum Note: Equatable {
        /// No daemon was told: the list counts when Exim starts, or is told by other means.
        case nobodyTold
        /// There is no Exim: the files are what they are to be, and nobody has checked them.
        case noExim
        case journalNotRemoved(SystemError)
        /// It holds nothing any more. The journal stays too.
        case fileNotRemoved(SystemError)
    }

    /// A change that is done.
    struct Done {
        /// The ledger's line about it.
        let line: LedgerSeal
        /// By `BootClock`, when every daemon had read it; nil when nobody was told.
        let read: Double?
        let notes: [Note]
    }

    /// Applies `plan`. The caller holds the lock and has recovered what was interrupted. `judge` may refuse the candidates that Exim has
    /// accepted: setup rehearses sessions with them.
    func apply(
        _ plan: TrustPlan, judging judge: ([Program.Substitution]) throws(Cause) -> Void = { _ in }
    ) throws(TrustChangeError) -> Done {
        do throws(Cause) { try begin(plan) } catch {
            // The next command would finish what the operator was told is not done.
            do { try files.remove(places.journal) } catch let second { throw .stuck(error, undoing: Cause(second)) }
            throw .refused(error)
        }
        let ready: Ready?
        do throws(Cause) {
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
        do throws(Cause) { line = try writeDown(plan) } catch {
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
    struct Ready {
        let edits: [FileEdit]
        /// Nil: it is to know no trust list.
        let meant: Set<Fingerprint>?
        let exim: (any Exim)?
        let daemons: [EximDaemon]
        var notes: [Note] { exim == nil ? [.noExim] : daemons.isEmpty ? [.nobodyTold] : [] }
    }

    /// The journal is on the disk before anything else changes.
    private func begin(_ plan: TrustPlan) throws(Cause) {
        guard let data = try? JSONEncoder().encode(plan) else { throw Cause("the change cannot be written to the journal", .notSound) }
        do throws(SystemError) {
            try files.create(places.newJournal, Array(data), like: nil, access: .closed)
            try files.rename(places.newJournal, to: places.journal)
            try files.synchronize(places.folder)
        } catch {
            try? files.remove(places.newJournal)
            throw Cause(error)
        }
    }

    private func prepare(_ plan: TrustPlan) throws(Cause) -> Ready? {
        guard !plan.edits.isEmpty else { return nil }
        try make(plan)
        return try prepare(plan.edits, meant: plan.meant)
    }

    /// Writes the candidates, and lets Exim judge them in the live files' places.
    func prepare(_ edits: [FileEdit], meant: [String]?) throws(Cause) -> Ready {
        do throws(SystemError) {
            for edit in edits {
                try files.create(edit.draft, edit.incoming, like: edit.file, access: edit.access)
                try files.remove(edit.candidate)
                try files.rename(edit.draft, to: edit.candidate)
            }
        } catch { throw Cause(error) }
        do throws(EximError) {
            let meant = meant.map { Set($0.compactMap { try? Fingerprint(exactly: $0.utf8) }) }
            guard let exim = try exim() else { return Ready(edits: edits, meant: meant, exim: nil, daemons: []) }
            let trusted = try exim.trusted(with: edits.map(\.substitution))
            guard trusted == meant else { throw EximError.notInEffect(Self.difference(trusted, meant)) }
            let daemons = try exim.daemons()
            return Ready(edits: edits, meant: meant, exim: exim, daemons: daemons)
        } catch { throw Cause(error) }
    }

    static func difference(_ trusted: Set<Fingerprint>?, _ meant: Set<Fingerprint>?) -> String {
        guard let trusted else { return "exim knows no \(MacroDefinition.name): its configuration does not include the list" }
        guard let meant else { return "exim still knows a \(MacroDefinition.name)" }
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
    func mark(_ plan: TrustPlan) throws(Cause) {
        do throws(SystemError) {
            if !plan.deny.isEmpty || !plan.allow.isEmpty {
                for name in plan.deny { try files.create(places.denied.appending(name), [], like: nil, access: .open) }
                for name in plan.allow { try files.remove(places.denied.appending(name)) }
                try files.synchronize(places.denied)
            }
            if let directory = plan.directory { try files.apply(directory) }
        } catch { throw Cause(error) }
    }

    func unmark(_ plan: TrustPlan) throws(Cause) {
        var reverse = plan
        (reverse.deny, reverse.allow) = (plan.allow, plan.deny)
        reverse.directory = plan.directory?.reversed
        try mark(reverse)
    }

    private func makeLive(_ ready: Ready, of plan: TrustPlan) throws(TrustChangeError) -> Double? {
        do throws(Cause) {
            try synchronize(ready.edits)
            return try reload(ready)
        } catch {
            try undo(ready, of: plan, because: error)
        }
    }

    /// Has Exim read its configuration, and asks what it trusts now: somebody else may have made the configuration anew since it was
    /// checked, from sources that still held the old list.
    @discardableResult
    func reload(_ ready: Ready) throws(Cause) -> Double? {
        guard let exim = ready.exim else { return nil }
        do throws(EximError) {
            let moment = try exim.reload(ready.daemons)
            guard !ready.daemons.isEmpty else { return nil }
            let trusted = try exim.trusted()
            guard trusted == ready.meant else {
                throw EximError.notReloaded("after the reload, \(Self.difference(trusted, ready.meant))")
            }
            return moment
        } catch { throw Cause(error) }
    }

    /// Adds the decision to the ledger, and seals the line.
    @discardableResult
    func writeDown(_ plan: TrustPlan) throws(Cause) -> LedgerSeal {
        let old: [UInt8]
        let line: [UInt8]
        let number: Int
        do throws(SystemError) {
            old = try files.contents(of: places.ledger) ?? []
            let ledger = Ledger(old)
            var decision = plan.decision
            decision.done = Timestamp.now.description
            guard let next = ledger.line(for: decision, after: try seal()) else {
                throw SystemError("encode", places.ledger, code: EINVAL)
            }
            (line, number) = (next, ledger.lines.count + 1)
        } catch { throw Cause(error) }
        do throws(SystemError) { try files.append(line, to: places.ledger, mode: 0o640) } catch {
            // A torn line must not stand before the next one, nor a whole one say that what is taken back was done.
            do throws(SystemError) { try files.shorten(places.ledger, to: old.count) } catch let second {
                throw Cause(
                    "\(error); then \(second)", .stuck,
                    hint: "see that the file system is sound; the next trustctl command ends what was begun")
            }
            throw Cause(error)
        }
        let written = LedgerSeal(number: number, digest: Ledger.digest(of: line.dropLast()))
        seal(written)
        return written
    }

    /// Throws undone, or stuck when that fails too.
    private func undo(_ ready: Ready?, of plan: TrustPlan, because cause: Cause) throws(TrustChangeError) -> Never {
        do throws(Cause) {
            if let ready {
                let edits = Array(ready.edits.reversed())
                for (index, edit) in edits.enumerated() {
                    try synchronize(edits, before: index)
                    try swap(edit, expecting: edit.incoming)
                }
                try synchronize(ready.edits)
                do throws(EximError) { try ready.exim?.revive(ready.daemons) } catch { throw Cause(error) }
            }
            try unmark(plan)
            try unmake(plan)
        } catch { throw .stuck(cause, undoing: error) }
        try endOrBeStuck(plan, because: cause)
        throw .undone(cause)
    }

    /// Takes back what a refused change has left; nothing of it was live.
    private func abandon(_ plan: TrustPlan, because cause: Cause) throws(TrustChangeError) {
        do throws(Cause) {
            try unmark(plan)
            try unmake(plan)
        } catch { throw .stuck(cause, undoing: error) }
        try endOrBeStuck(plan, because: cause)
    }

    /// A journal that stays after a failure would make the next command finish what the operator was told is not done.
    private func endOrBeStuck(_ plan: TrustPlan, because cause: Cause) throws(TrustChangeError) {
        for case .journalNotRemoved(let error) in end(plan, isDone: false) { throw .stuck(cause, undoing: Cause(error)) }
    }

    /// Removes the left-overs and the journal: of a change that is done also the files that are to go, which are empty by now. What stays then
    /// is no harm: the next command finds the decision in the ledger, and does this again.
    func end(_ plan: TrustPlan, isDone: Bool = true) -> [Note] {
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

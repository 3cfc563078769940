import EximControl
import Host
import TrustCore

/// Exim's part in a change: it judges the candidates, reads the live files, and is asked what it trusts then.
struct LiveExim {
    /// Called only when Exim's configuration changes: a denial alone needs no Exim. Nil where Exim is no longer installed and a setup is
    /// taken back: then nobody reads the files, and nobody can judge them.
    let find: () throws(EximError) -> (any Exim)?

    /// Files whose candidates Exim has accepted.
    struct Accepted {
        let edits: [FileEdit]
        /// What Exim must trust; nil: it must know no trust list.
        let meant: Set<Fingerprint>?
        let exim: (any Exim)?
        let daemons: [EximDaemon]
        /// Macros that change the hashes of other certificates, which were approved before.
        var alterations: [HashAlteration] = []

        var notes: [Transaction.Note] {
            (exim == nil ? [.noExim] : daemons.isEmpty ? [.nobodyTold] : []) + alterations.prefix(3).map { .altered($0) }
        }
    }

    /// Has Exim judge the candidates in the places of the live files. Throws when it would trust anything but `meant`, and when a macro
    /// changes one of `adding`, which come to be trusted now.
    func judge(_ edits: [FileEdit], meant: [Fingerprint]?, adding: Set<Fingerprint> = []) throws(Failure) -> Accepted {
        do throws(EximError) {
            let meant = meant.map { Set($0) }
            guard let exim = try find() else { return Accepted(edits: edits, meant: meant, exim: nil, daemons: []) }
            let answer = Result { () throws(EximError) in try exim.trusted(with: edits.map(\.substitution)) }
            // First, because it explains why Exim would trust something else.
            let alterations = try exim.alterations(of: meant ?? [])
            if let first = alterations.first(where: { adding.contains($0.fingerprint) }) { throw EximError.altered(first) }
            let trusted = try answer.get()
            guard trusted == meant else { throw EximError.notInEffect(Self.difference(trusted, meant)) }
            return Accepted(edits: edits, meant: meant, exim: exim, daemons: try exim.daemons(), alterations: alterations)
        } catch { throw Failure(error) }
    }

    /// Has Exim read its configuration, and asks what it trusts now: somebody else may have generated the configuration since it was
    /// judged, from sources that still had the old list. The moment, by `Clock.boot`, when every daemon had read it; nil when there was none.
    @discardableResult
    func reload(_ accepted: Accepted) throws(Failure) -> Duration? {
        guard let exim = accepted.exim else { return nil }
        do throws(EximError) {
            let moment = try exim.reload(accepted.daemons)
            guard !accepted.daemons.isEmpty else { return nil }
            let trusted = try exim.trusted()
            guard trusted == accepted.meant else {
                throw EximError.notReloaded("after the reload, \(Self.difference(trusted, accepted.meant))")
            }
            return moment
        } catch { throw Failure(error) }
    }

    /// Has Exim read the old files again, and starts the daemons that died.
    func revive(_ accepted: Accepted) throws(Failure) {
        do throws(EximError) { try accepted.exim?.revive(accepted.daemons) } catch { throw Failure(error) }
    }

    private static func difference(_ trusted: Set<Fingerprint>?, _ meant: Set<Fingerprint>?) -> String {
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
}

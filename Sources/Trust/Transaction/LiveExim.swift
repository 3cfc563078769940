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
        let meant: ListContent?
        let exim: (any Exim)?
        let daemons: EximDaemons
        /// Whether it is done where it can be done when some daemon cannot be told (`EximDaemons.obstacle`).
        let isInsisted: Bool
        /// Macros that change the hashes of other certificates, which were approved before.
        var alterations: [HashAlteration] = []
    }

    /// What came of having Exim read the live files.
    struct Reading {
        /// When every daemon had read them, by `Clock.boot`; nil when none was told.
        var moment: Duration?
        /// Who still trusts what is no longer trusted.
        var left: [StillTrusting] = []
        var notes: [Transaction.Note] = []
    }

    /// Has Exim judge the candidates in the places of the live files. Throws when it would trust anything but `meant`, when a macro changes
    /// one of `adding`, which come to be trusted now, or when a daemon keeps the change from being made.
    func judge(
        _ edits: [FileEdit], meant: ListContent?, adding: Set<Fingerprint> = [], insisting: Bool
    ) throws(Failure) -> Accepted {
        do throws(EximError) {
            guard let exim = try find() else {
                return Accepted(edits: edits, meant: meant, exim: nil, daemons: EximDaemons(), isInsisted: insisting)
            }
            let answer = Result { () throws(EximError) in try exim.trusted(with: edits.map(\.substitution)) }
            // First, because it explains why Exim would trust something else.
            let alterations = try exim.alterations(of: meant?.listed ?? [])
            if let first = alterations.first(where: { adding.contains($0.fingerprint) }) { throw EximError.altered(first) }
            let trusted = try answer.get()
            guard trusted == meant else { throw EximError.notInEffect(Self.difference(trusted, meant)) }
            let daemons = try exim.daemons()
            if let obstacle = daemons.obstacle(insisting: insisting) { throw EximError.untold(obstacle) }
            return Accepted(
                edits: edits, meant: meant, exim: exim, daemons: daemons, isInsisted: insisting, alterations: alterations)
        } catch { throw Failure(error) }
    }

    /// Has Exim read its configuration, and asks what it trusts now: somebody else may have generated the configuration since it was
    /// judged, from sources that still had the old list. `losing`: who is no longer trusted.
    @discardableResult
    func reload(_ accepted: Accepted, losing: [Fingerprint] = []) throws(Failure) -> Reading {
        guard let exim = accepted.exim else { return Reading(notes: [.noExim]) }
        do throws(EximError) {
            let told = try exim.reload(accepted.daemons.told, insisting: accepted.isInsisted)
            var reading = Reading(moment: told.moment, notes: accepted.alterations.prefix(3).map { .altered($0) })
            for other in accepted.daemons.untold + told.left {
                let trusted = exim.stillTrusted(by: other, losing: Set(losing), list: accepted.meant)
                if other.isStranger || trusted?.isEmpty ?? false {
                    reading.notes.append(.notTold(other))
                } else {
                    reading.left.append(StillTrusting(exim: other, fingerprints: trusted.map { $0.sorted() } ?? losing))
                }
            }
            guard !accepted.daemons.told.isEmpty else {
                reading.notes.append(try exim.starter().map { .startedByOthers($0) } ?? .nobodyTold)
                return reading
            }
            let trusted = try exim.trusted()
            guard trusted == accepted.meant else {
                throw EximError.notReloaded("after the reload, \(Self.difference(trusted, accepted.meant))")
            }
            return reading
        } catch { throw Failure(error) }
    }

    /// Has Exim read the old files again, and starts the daemons that died.
    func revive(_ accepted: Accepted) throws(Failure) {
        do throws(EximError) { try accepted.exim?.revive(accepted.daemons.told) } catch { throw Failure(error) }
    }

    /// Throws unless Exim looks into the folder of `edit`, whose list file does not change.
    func check(_ edit: NamesEdit) throws(Failure) {
        do throws(EximError) {
            guard let exim = try find() else { return }
            let trusted = try exim.trusted()
            guard trusted == .folder(edit.folder) else { throw EximError.notInEffect(Self.difference(trusted, .folder(edit.folder))) }
        } catch { throw Failure(error) }
    }

    /// Why Exim does not look for the revoked clients of a CA into the folder of `edit`; nil where it does.
    func obstacle(revoking edit: NamesEdit) throws(Failure) -> String? {
        do throws(EximError) {
            guard let exim = try find() else { return nil }
            let place = try exim.revokedFolder()
            if place == edit.folder { return nil }
            return "exim looks into \(place.map { "\($0)" } ?? "no folder") for revoked clients of the CA, and not into \(edit.folder)"
        } catch { throw Failure(error) }
    }

    /// Proves that Exim, as its own user, finds what `edit` has made, and no longer finds what it has removed. No daemon is told: each asks
    /// the folder at each recipient.
    func prove(_ edit: NamesEdit) throws(Failure) {
        var expected: [(fingerprint: Fingerprint, isFound: Bool)] = []
        switch edit.conversion {
        case nil: expected = edit.add.map { ($0, true) } + edit.remove.map { ($0, false) }
        // The first, the last, and some between: a hundred thousand were made by one loop.
        case .intoFolder:
            expected = edit.add.enumerated().filter { $0.offset % 100 == 0 || $0.offset == edit.add.count - 1 }.map { ($0.element, true) }
        case .outOfFolder: return
        }
        guard !expected.isEmpty else { return }
        do throws(EximError) {
            guard let exim = try find() else { return }
            let found = try exim.found(expected.map(\.fingerprint), in: edit.folder)
            guard let wrong = zip(expected, found).first(where: { $0.isFound != $1 })?.0 else { return }
            guard wrong.isFound else { throw EximError.stillFound(wrong.fingerprint, in: edit.folder) }
            throw EximError.notFound("exim does not find \(wrong.fingerprint) in \(edit.folder)")
        } catch { throw Failure(error) }
    }

    private static func difference(_ trusted: ListContent?, _ meant: ListContent?) -> String {
        guard let trusted else { return "exim knows no \(ListForm.macroName): its configuration does not include the list" }
        guard let meant else { return "exim still knows a \(ListForm.macroName)" }
        guard case (.listed(let trusted), .listed(let meant)) = (trusted, meant) else {
            return "exim does not take the list as it is meant: it \(Self.place(trusted)), and should \(Self.place(meant, verb: "look"))"
        }
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

    private static func place(_ content: ListContent, verb: String = "looks") -> String {
        switch content {
        case .folder(let path): "\(verb) into the folder \(path)"
        case .listed(let set): "\(verb) into a list of \(set.count)"
        }
    }
}

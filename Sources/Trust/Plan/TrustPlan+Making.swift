import Certificates
import EximControl
import FoundationEssentials
import Glibc
import Host
import SystemPackage
package import TrustCore

extension TrustPlan {
    /// What one fingerprint is to become.
    package struct Wish: Equatable {
        package let fingerprint: Fingerprint
        package let after: TrustState
        let label: Setting<String>
        let until: Setting<Timestamp>
        let note: Setting<String>

        package init(
            fingerprint: Fingerprint, after: TrustState, label: Setting<String> = .kept, until: Setting<Timestamp> = .kept,
            note: Setting<String> = .kept
        ) {
            self.fingerprint = fingerprint
            self.after = after
            self.label = label
            self.until = until
            self.note = note
        }

        /// Approved again with all of these.
        package static func restored(_ fingerprint: Fingerprint, _ terms: Terms) -> Wish {
            Wish(
                fingerprint: fingerprint, after: .approved, label: .restored(terms.label), until: .restored(terms.until),
                note: .restored(terms.note))
        }

        /// No longer approved. One that was denied before somebody approved it by hand is again what it was: denied.
        package static func takenOut(_ fingerprint: Fingerprint, _ register: Register) -> Wish {
            Wish(fingerprint: fingerprint, after: register.isDenied(fingerprint) ? .denied : .none)
        }

        /// What a decision said otherwise of one that is approved is as before; nil when a later one has said something else of it.
        package static func undoing(_ subject: Decision.Subject, of record: Record) -> Wish? {
            let (now, before, after) = (record.terms, subject.termsBefore, subject.terms)
            guard let label = undoing(now.label, before.label, after.label), let until = undoing(now.until, before.until, after.until),
                let note = undoing(now.note, before.note, after.note)
            else { return nil }
            return Wish(fingerprint: subject.fingerprint, after: .approved, label: label, until: until, note: note)
        }

        private static func undoing<Value>(_ now: Value?, _ before: Value?, _ after: Value?) -> Setting<Value>? {
            if before == after || now == before { return .kept }
            return now == after ? .restored(before) : nil
        }

        func terms(after old: Terms) -> Terms {
            Terms(label: label.applied(to: old.label), until: until.applied(to: old.until), note: note.applied(to: old.note))
        }
    }

    /// The change that makes `wishes` true; nil when they are true already.
    static func making(
        _ wishes: [Wish], action: Decision.Action, reason: String?, undoes: Int? = nil, in register: Register,
        installing installation: Installation? = nil, by operator: Operator, now: Timestamp = .now
    ) throws(Failure) -> TrustPlan? {
        let open = wishes.filter { wish in
            let record = register[wish.fingerprint]
            let newTerms = wish.after == .approved && wish.terms(after: record.terms) != record.terms
            let uninstalled = wish.after == .approved && installation?.needs(record) == true
            let shadow = action != .undo && record.entry != nil && wish.after != .pending  // an entry of a decided one is removed too
            // One that came back to the list against a decision, or that somebody wrote there by hand, is only approved when somebody says so.
            let isByHand = record.state == .approved && record.last == nil && record.item?.note == nil
            let isOwn = action == .fleet && record.last?.action != .fleet
            let undecided = [.approve, .fleet].contains(action) && (record.isBack || isByHand) || isOwn
            let unrevoked = register.revokedClients?.lacks(wish, action) ?? false
            return record.state != wish.after || undecided || newTerms || uninstalled || unrevoked || shadow && action == .forget
        }
        guard !open.isEmpty else { return nil }
        var plan = TrustPlan(
            Decision(
                action, by: `operator`, at: now, reason: reason,
                subjects: open.map { wish in
                    let record = register[wish.fingerprint]
                    let isAgain = action != .forget && record.state == .approved && wish.after == .approved
                    let kept = record.state == .approved ? record.terms : Terms()
                    return Decision.Subject(
                        fingerprint: wish.fingerprint, before: record.isBack ? record.last?.after ?? .none : record.state,
                        after: wish.after, terms: wish.terms(after: kept), termsBefore: isAgain ? kept : Terms(),
                        // The attack: thousands of entries that one `forget --from` would copy into the ledger. Forgetting decides nothing,
                        // and what was forgotten is queued again when it is seen again.
                        evidence: action == .forget ? nil : Evidence(record))
                }), undoes: undoes)
        // According to the files in denied/, not to the state: undoing a refused change must not remove the denial of an approved one.
        for wish in open where action != .forget {
            let isDenied = register.isDenied(wish.fingerprint)
            if wish.after == .denied, !isDenied { plan.deny.append(wish.fingerprint) }
            if wish.after != .denied, isDenied { plan.allow.append(wish.fingerprint) }
        }
        plan.revoked = register.revokedClients?.edit(for: open, action)
        plan.directory = try installation?.edit(for: open, in: register) ?? Installation.removal(for: open, in: register)
        try plan.edit(
            register, isEdited: register.isListEdited, back: Set(register.back.map(\.fingerprint)), for: open, by: `operator`, now: now
        )
        return plan
    }

    private mutating func edit(
        _ register: Register, isEdited: Bool, back: Set<Fingerprint>, for wishes: [Wish], by operator: Operator, now: Timestamp
    ) throws(Failure) {
        let file = register.list
        if let folder = file.folder { return try edit(register, folder, isEdited: isEdited, for: wishes) }
        let old = try file.list() ?? TrustList()
        var list = old.removing(Set(wishes.filter { $0.after != .approved }.map(\.fingerprint)))
        let known = old.fingerprints
        let labels = Dictionary(decision.subjects.map { ($0.fingerprint, $0.label) }, uniquingKeysWith: { first, _ in first })
        // One whose label the list no longer knows keeps it, according to the ledger.
        list = list.approving(
            wishes.filter {
                $0.after == .approved && ($0.label != .kept || !known.contains($0.fingerprint) || back.contains($0.fingerprint))
            }
            .map {
                ($0.fingerprint, ListNote(label: labels[$0.fingerprint] ?? nil, day: now.day, by: `operator`.nameInList))
            })
        // A changed directory needs a reload too: GnuTLS builds of Exim see new certificates only then. And a fingerprint may have been
        // removed from the list or added to it by hand without a reload: then the list stays as it is, but Exim must read it.
        let mustRead = isEdited && (!deny.isEmpty || wishes.contains { $0.after == .approved })
        guard list != old || directory != nil || mustRead else { return }
        guard let definition = file.definition, let bytes = file.bytes else { throw file.missing }
        let after = definition.file(with: list, unchanged: bytes)
        self.list = ListEdit(
            path: file.path.string, before: bytes, after: after, meant: list.fingerprints.sorted())
        entry.effects.list = .init(path: file.path.string, before: Ledger.digest(of: bytes), after: Ledger.digest(of: after))
    }

    /// The same for a list in folder form: its file stays as it is.
    private mutating func edit(
        _ register: Register, _ folder: ApprovedFolder, isEdited: Bool, for wishes: [Wish]
    ) throws(Failure) {
        let edit = NamesEdit(
            path: folder.path.string, add: wishes.filter { $0.after == .approved && !folder.holds($0.fingerprint) }.map(\.fingerprint),
            remove: wishes.filter { $0.after != .approved && folder.holds($0.fingerprint) }.map(\.fingerprint))
        if !edit.isEmpty { approved = edit }
        if let names = register.names { try names.requireOrder(adding: edit.add, removing: edit.remove) }
        // Exim must read its configuration again for what it does not look for anew each time: a certificate in the trust directory, or
        // a definition that somebody has edited without a reload. What takes trust away counts without that.
        let isInstalled = directory.map { !$0.written.isEmpty } ?? false
        guard isInstalled || isEdited && (!deny.isEmpty || !edit.isEmpty), let bytes = register.list.bytes else { return }
        let path = register.list.path.string
        list = ListEdit(
            path: path, before: bytes, after: bytes, meant: [], folder: folder.path.string)
        entry.effects.list = .init(path: path, before: Ledger.digest(of: bytes), after: Ledger.digest(of: bytes))
    }
}

extension Operator {
    /// A name that is safe in Exim's configuration: one word, no control characters.
    package var nameInList: String {
        let safe = name.unicodeScalars.filter { $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0)) }
        return safe.isEmpty ? "uid-\(uid)" : String(String.UnicodeScalarView(safe.prefix(32)))
    }
}

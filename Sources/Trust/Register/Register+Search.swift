import Certificates
import EximControl
package import Host
package import TrustCore

/// Questions about many fingerprints at once.
extension Register {
    /// Those that were approved once and are nothing now, in the order of their fingerprints. `readAll` first.
    package var revoked: [Record] {
        var found = Set(fleet?.revoked.keys.filter { places[$0] == nil } ?? [])
        books.each { fingerprint, reference in
            if places[fingerprint] == nil, reference.word?.wasApproved ?? false { found.insert(fingerprint) }
        }
        return found.sorted().map { self[$0] }.filter(\.isRevoked)
    }

    /// Those that no CA may let in again, in the order of their fingerprints: the denied ones, and those that were revoked last. `readAll`
    /// first.
    package var barred: [Fingerprint] {
        var found = Set(fingerprints(.denied))
        books.each { fingerprint, reference in
            if let word = reference.word, word.action == .revoke, word.after != .approved { found.insert(fingerprint) }
        }
        return found.sorted()
    }

    /// Those in the list that were revoked or denied, in the order of their fingerprints. Nobody is in a folder that only trustctl has changed.
    package var back: [Record] {
        var found: [Fingerprint] = []
        if items.count < 1_000 {
            // A few are found quicker one by one.
            found = items.map(\.fingerprint).filter { books.after($0).map { $0 != .approved } ?? false }
        } else {
            books.each { fingerprint, reference in
                if !reference.says(.approved), let place = places[fingerprint], place.item >= 0 { found.append(fingerprint) }
            }
        }
        return found.sorted().map { self[$0] }.filter(\.isBack)
    }

    /// Every fingerprint that the list, the denials, the queue or the ledger know, whatever its state, and whose digits begin with these.
    func known(_ beginning: String) throws(Failure) -> Set<Fingerprint> {
        let found = books.fingerprints(beginning).union(places.keys.filter { $0.description.hasPrefix(beginning) })
        if isWhole || !found.isEmpty { return found }
        // One about which nobody has decided: somebody has put its name there.
        var register = self
        try register.readAll()
        return try register.known(beginning)
    }

    /// The fingerprints with this label: the approved ones; if there is none, those that had it.
    func labelled(_ label: String) -> [Fingerprint] {
        let approved = approved(as: label)
        if !approved.isEmpty { return approved }
        return books.fingerprints(.label, label).filter { state(of: $0) != .approved }.sorted()
    }

    /// Labels that the list or the ledger know, with what became of their certificates: first those of the approved ones.
    package func labels(atMost limit: Int) -> [(label: String, state: String)] {
        var states: [String: String] = [:]
        func add(_ label: String?, _ fingerprint: Fingerprint) {
            guard let label, states[label] != TrustState.approved.rawValue else { return }
            let state = state(of: fingerprint)
            states[label] = state == .none ? "revoked" : state.rawValue
        }
        books.each { fingerprint, reference in add(reference.word?.label, fingerprint) }
        for item in items { add(item.label, item.fingerprint) }
        func isApproved(_ state: String) -> Bool { state == TrustState.approved.rawValue }
        let sorted = states.sorted { (isApproved($1.value) ? 1 : 0, $0.key) < (isApproved($0.value) ? 1 : 0, $1.key) }
        return sorted.prefix(limit).map { ($0.key, $0.value) }
    }

    /// The approved ones with this label.
    package func approved(as label: String) -> [Fingerprint] {
        let decided = books.fingerprints(.label, label).filter { item($0).map { $0.note == nil } ?? false }
        let written = items.filter { item in
            if let note = item.note { return note.label == label }
            return item.label == label && books.label(item.fingerprint) == nil
        }
        return decided.union(written.map(\.fingerprint)).sorted()
    }

    /// Those among the approved ones whose certificate has the key of one of these, with these themselves, in the order of their fingerprints.
    package func approved(withKeysOf fingerprints: [Fingerprint]) -> [Fingerprint] {
        var found: Set<Fingerprint> = []
        for key in Set(fingerprints.compactMap { self[$0].outline?.spkiSHA256 }) {
            found.formUnion(books.fingerprints(.key, key))
            found.formUnion(installed.keys.filter { self[$0].outline?.spkiSHA256 == key })
            // On a console no ledger knows what the fleet approves.
            if fleet != nil { found.formUnion(named.filter { $0.value.spkiSHA256 == key }.keys) }
        }
        return found.union(fingerprints).filter { state(of: $0) == .approved }.sorted()
    }

    /// Whether its certificate is known, and that one's key was revoked.
    package func hasDeniedKey(_ fingerprint: Fingerprint) -> Bool {
        self[fingerprint].outline.map { deniedKeys.holds($0.spkiSHA256) } ?? false
    }

    /// The decision with this number in the ledger; nil when there is none.
    package func decided(_ number: Int) throws(Failure) -> Decision? {
        do throws(SystemError) { return try books.decision(number) } catch { throw Failure(error) }
    }

    /// Those that stand somewhere, with the same key or subject, in the order of their fingerprints; from so many that an operator looks at.
    func holders(_ kind: CheckpointIndex.Kind, of text: String) -> [Fingerprint] {
        var found = books.fingerprints(kind, text, atMost: Self.most).filter { state(of: $0) != .none }
        func has(_ outline: CertificateOutline?) -> Bool { (kind == .key ? outline?.spkiSHA256 : outline?.subject) == text }
        for entry in entries where !found.contains(entry.fingerprint) {
            if let claimed = entry.certificate, has(try? CertificateOutline(claimed: claimed, for: entry.fingerprint)) {
                found.insert(entry.fingerprint)
            }
        }
        for (fingerprint, file) in installed where has(try? CertificateOutline(der: file.certificate.der)) { found.insert(fingerprint) }
        for (fingerprint, outline) in named where has(outline) { found.insert(fingerprint) }
        return found.sorted()
    }

    /// Those that stand somewhere and may share a key or a subject with another, in the order of their fingerprints. `lookAtMany` first.
    func sharing() -> [Record] {
        let few = Set(entries.filter { $0.certificate != nil }.map(\.fingerprint)).union(installed.keys).union(named.keys)
        var found = books.sharing(atMost: Self.most).union(few)
        for outline in few.compactMap({ brief($0).outline }) {
            found.formUnion(books.summedUp(.key, outline.spkiSHA256, atMost: Self.most))
            found.formUnion(books.summedUp(.subject, outline.subject, atMost: Self.most))
        }
        return found.sorted().filter { state(of: $0) != .none }.map { brief($0) }
    }

    /// Of many that share something, these are enough for an operator.
    private static let most = 100

    /// Whether Exim may run with another list than the present one: somebody has edited it since the last decision.
    package var isListEdited: Bool { list.bytes.map { books.isEdited($0, at: list.path.filePath) } ?? false }

    /// Whether there was a list, and is none now.
    ///
    /// The attack, or the accident: the list is removed, so that nobody seems to be trusted, but the running Exim still has what it read.
    package var isListGone: Bool { list.bytes == nil && books.knowsList(at: list.path.filePath) }
}

extension Books {
    /// By the last word about it, without reading the ledger.
    fileprivate func after(_ fingerprint: Fingerprint) -> TrustState? { short(fingerprint)?.after }
    fileprivate func label(_ fingerprint: Fingerprint) -> String? { short(fingerprint)?.label }

    private func short(_ fingerprint: Fingerprint) -> Ledger.LastWord? {
        recent[fingerprint] ?? (try? checkpoint?.word(fingerprint)) ?? nil
    }
}

extension Books.Reference {
    /// Whether the last word made it `state`. Quicker than reading the word.
    fileprivate func says(_ state: TrustState) -> Bool {
        switch self {
        case .word(let word): word.after == state
        case .line(let line, _): CheckpointLine.says(state, line)
        }
    }
}

import EximControl
import Host
package import TrustCore

/// Questions about many fingerprints at once.
extension Register {
    /// Those that were approved once and are nothing now, in the order of their fingerprints.
    package var revoked: [Record] {
        var found: [Fingerprint] = []
        books.each { fingerprint, reference in
            if places[fingerprint] == nil, reference.word?.wasApproved ?? false { found.append(fingerprint) }
        }
        return found.sorted().map { self[$0] }.filter(\.isRevoked)
    }

    /// Those in the list that were revoked or denied, in the order of their fingerprints.
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
    func known(_ beginning: String) -> Set<Fingerprint> {
        var found = Set(places.keys.filter { $0.description.hasPrefix(beginning) })
        books.each { fingerprint, _ in if fingerprint.description.hasPrefix(beginning) { found.insert(fingerprint) } }
        return found
    }

    /// The fingerprints with this label: the approved ones; if there is none, those that had it.
    func labelled(_ label: String) -> [Fingerprint] {
        let approved = approved(as: label)
        if !approved.isEmpty { return approved }
        var found: [Fingerprint] = []
        books.each { fingerprint, reference in
            if (places[fingerprint]?.item ?? -1) < 0, reference.word?.label == label { found.append(fingerprint) }
        }
        return found.sorted()
    }

    /// The approved ones with this label.
    package func approved(as label: String) -> [Fingerprint] {
        items.filter { item in
            if let note = item.note { return note.label == label }
            return (books.label(item.fingerprint) ?? item.label) == label
        }.map(\.fingerprint).sorted()
    }

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

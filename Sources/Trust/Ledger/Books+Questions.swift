import Certificates
package import EximControl
package import SystemPackage
package import TrustCore

extension Books {
    /// The latest moment at which Exim had read the list that no longer holds `fingerprint`. Nil when that is not known: somebody has
    /// edited the list by hand, before or since. `list` is what the file holds now.
    func loss(of fingerprint: Fingerprint, list: [UInt8]) -> Timestamp? {
        guard marks.list.last == Ledger.digest(of: list) else { return nil }
        return word(fingerprint)?.lost.flatMap { Timestamp(rfc3339: $0) }
    }

    /// Whether `list`, the bytes of the file at `path`, differs from what the last decision about it left: somebody has edited it since,
    /// and Exim may run with an older one. False when nothing was decided about it yet.
    package func isEdited(_ list: [UInt8], at path: FilePath) -> Bool {
        guard marks.list.first == path.string else { return false }
        return Ledger.digest(of: list) != marks.list.last
    }

    /// Whether decisions say that there must be a list: at `path`, or where that link led then.
    func knowsList(at path: FilePath) -> Bool { marks.knowsList(at: path.string) }

    /// The comment of `fingerprint` in a list in macro form, as `approve` would have written it; nil for one that is not approved by the last
    /// decision about it.
    package func note(_ fingerprint: Fingerprint) -> ListNote? {
        guard let word = word(fingerprint), word.after == .approved, let decision = entry(at: word.place)?.decision,
            let time = Timestamp(rfc3339: decision.time)
        else { return nil }
        return ListNote(label: word.label, day: time.day, by: decision.operator.nameInList)
    }

    /// Whether anything was decided about a certificate.
    package var hasDecisions: Bool {
        var isFound = false
        each { _, _ in isFound = true }
        return isFound
    }

    /// The way of trust of the last setup; nil when there was none, or it was taken back.
    package var way: String? { marks.setup.flatMap { $0.isEmpty ? nil : $0 } }

    /// The last setup that was not taking back.
    package var setup: LocalEffects.SetupChange? { marks.setupPlace.flatMap { entry(at: $0)?.effects.setup } }

    /// What the line with this number says; nil when there is none, or it cannot be read. Counted from 1.
    package func decision(_ number: Int) throws(SystemError) -> Decision? {
        var found: Decision?
        var count = 0
        try ledger.eachLine { line, _ in
            count += 1
            if count == number { found = LedgerEntry(line: line)?.decision }
        }
        return found
    }
}

extension Books {
    /// Those among `listed` that were revoked or denied, with the last word, in the order of their fingerprints.
    package func taken(from listed: Set<Fingerprint>) -> [(key: Fingerprint, value: Ledger.LastWord)] {
        var found: [(key: Fingerprint, value: Ledger.LastWord)] = []
        each { fingerprint, reference in
            guard listed.contains(fingerprint), let word = reference.word, word.isAgainst(.approved) else { return }
            found.append((fingerprint, word))
        }
        return found.sorted { $0.key < $1.key }
    }

    /// Those of `listed` about which there is no decision, and those that are approved by the last one and not among them; in no order.
    package func differences(to listed: Set<Fingerprint>) -> (added: Set<Fingerprint>, removed: [Fingerprint]) {
        var added = listed
        var removed: [Fingerprint] = []
        each { fingerprint, reference in
            if added.remove(fingerprint) == nil, reference.word?.after == .approved { removed.append(fingerprint) }
        }
        return (added, removed)
    }
}

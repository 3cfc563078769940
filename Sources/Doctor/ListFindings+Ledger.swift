import Trust
import TrustCore

extension ListFindings {
    /// Certificates that were taken out of the list by a decision, and are in it again: a backup was restored, or a configuration tool wrote
    /// an older list. Whoever stole that key relays again.
    var returned: [Finding] {
        guard let listed, let books = ledger?.books else { return [] }
        let back = books.taken(from: listed)
        guard let (fingerprint, last) = back.first else { return [] }
        let others = back.count > 1 ? ", and \(back.count - 1) more like it" : ""
        return [
            Finding(
                .error, "revoked-in-list",
                "\(fingerprint)\(last.named) is in the list again\(others): it was \(last.past)",
                "it may relay: a backup or a configuration tool has undone the decision",
                mend: "`trustctl revoke \(back.prefix(3).map(\.key.description).joined(separator: " "))`, or, if it is to stay, "
                    + "`trustctl approve \(fingerprint)`")
        ]
    }

    /// Changes of the list without trustctl since the last decision.
    var byHand: [Finding] {
        guard let listed, let ledger, let bytes else { return [] }
        if let first = ledger.faults.first {
            return [
                Finding(
                    .warning, "ledger-not-whole",
                    "the ledger is damaged: \(first)\(ledger.faults.count > 1 ? ", and \(ledger.faults.count - 1) more" : "")",
                    "what was decided, when and by whom is uncertain", mend: "compare it with a backup: `trustctl history --verify`")
            ]
        }
        // The ledger keeps the digest of the whole file: when it is the same, nobody has edited the file.
        guard folder != nil || ledger.books.isEdited(bytes, at: file) else { return [] }
        let (added, removed) = ledger.books.differences(to: listed)
        let unknown = added.sorted().map { fingerprint in
            Finding(
                .warning, "list-changed-by-hand",
                "\(fingerprint) is in the list, but no decision put it there",
                "it may relay, and the ledger does not say who decided that",
                mend: "`trustctl revoke \(fingerprint)`, or, when it is to stay, `trustctl approve \(fingerprint)`")
        }
        let gone = removed.sorted().map { fingerprint in
            Finding(
                .warning, "list-changed-by-hand", "\(fingerprint) was approved, and somebody removed it from the list",
                "the client cannot relay, and the ledger does not say why",
                mend: "`trustctl approve \(fingerprint)`, or, when it is to stay out, `trustctl deny \(fingerprint)`")
        }
        return unknown.summed("certificates are in the list without a decision")
            + gone.summed("approved certificates were removed from the list")
    }

    /// A checkpoint that says what the ledger does not: looking relies on it.
    var checkpoint: [Finding] {
        ledger?.checkpointFault.map { fault in
            [
                Finding(
                    .warning, "checkpoint-unsound", "the ledger's checkpoint is not to be trusted: \(fault)",
                    "`list` and `show` may say of a certificate what nobody decided; no certificate is trusted because of it",
                    mend: "remove it: the next change makes it anew")
            ]
        } ?? []
    }
}

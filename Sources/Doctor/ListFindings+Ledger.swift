import Trust
import TrustCore

extension ListFindings {
    /// Changes of the list without trustctl since the last decision.
    var byHand: [Finding] {
        guard let listed, let ledger, let bytes else { return [] }
        let faults = ledger.faults()
        if let first = faults.first {
            return [
                Finding(
                    .warning, "ledger-not-whole",
                    "the ledger is damaged: \(first)\(faults.count > 1 ? ", and \(faults.count - 1) more" : "")",
                    "what was decided, when and by whom is uncertain", mend: "compare it with a backup: `trustctl history --verify`")
            ]
        }
        // The ledger keeps the digest of the whole file: when it is the same, nobody has edited the file.
        guard ledger.isEdited(bytes, at: file) else { return [] }
        let latest = ledger.latest
        let added = listed.filter { latest[$0]?.subject.after != .approved }
        let removed = latest.filter { $1.subject.after == .approved && !listed.contains($0) }.keys
        return added.sorted().map { fingerprint in
            Finding(
                .warning, "list-changed-by-hand",
                "\(fingerprint) is in the list, but no decision put it there\(latest[fingerprint] == nil ? "" : ": the last one removed it")",
                "it may relay, and the ledger does not say who decided that",
                mend: "`trustctl revoke \(fingerprint)`, or, when it is to stay, `trustctl approve \(fingerprint)`")
        }
            + removed.sorted().map { fingerprint in
                Finding(
                    .warning, "list-changed-by-hand", "\(fingerprint) was approved, and somebody removed it from the list",
                    "the client cannot relay, and the ledger does not say why",
                    mend: "`trustctl approve \(fingerprint)`, or, when it is to stay out, `trustctl deny \(fingerprint)`")
            }
    }
}

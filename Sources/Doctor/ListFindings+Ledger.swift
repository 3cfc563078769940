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
                    "the ledger is not whole: \(first)\(faults.count > 1 ? ", and \(faults.count - 1) more" : "")",
                    "what was decided, when and by whom is not sure", mend: "compare it with a backup: `trustctl history --verify`")
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
                "\(fingerprint) is in the list, and no decision put it there\(latest[fingerprint] == nil ? "" : ": the last one took it out")",
                "somebody who is not in the ledger lets it relay",
                mend: "`trustctl revoke \(fingerprint)`, or, when it is to stay, `trustctl approve \(fingerprint)`")
        }
            + removed.sorted().map { fingerprint in
                Finding(
                    .warning, "list-changed-by-hand", "\(fingerprint) was approved, and somebody took it out of the list",
                    "the client cannot relay, and the ledger does not say why",
                    mend: "`trustctl approve \(fingerprint)`, or, when it is to stay out, `trustctl deny \(fingerprint)`")
            }
    }
}

import EximControl
import SystemPackage
import Trust
import TrustCore

extension ListFindings {
    /// Whether Exim trusts what the file says.
    var effect: [Finding] {
        guard let value else {
            return [
                Finding(
                    .error, "list-not-in-effect", "exim knows no RELAY_FROM_CERTS: its configuration does not include \(file)",
                    "nobody can relay by certificate, whatever is approved",
                    mend: "`.include \(file)` in \(mend.main), before the ACLs (or `trustctl setup`); then \(mend.reload)")
            ]
        }
        guard let listed, let trusted = try? EximProgram.fingerprints(value), trusted != listed else { return [] }
        let extra = trusted.subtracting(listed)
        let lacking = listed.subtracting(trusted)
        let words =
            [
                extra.isEmpty ? nil : "it trusts \(Self.names(extra)), which \(extra.count == 1 ? "is" : "are") not there",
                lacking.isEmpty ? nil : "it does not trust \(Self.names(lacking)), which \(lacking.count == 1 ? "is" : "are")",
            ].compactMap { $0 }.joined(separator: "; ")
        return [
            Finding(
                .error, "list-overridden", "exim does not trust what \(file) says: \(words)",
                "what is revoked may still relay, and what is approved may not",
                mend: DebianConfiguration.generates(mend.main)
                    ? "`update-exim4.conf`; when that does not help, take the other definition of RELAY_FROM_CERTS out; then \(mend.reload)"
                    : "take the other definition of RELAY_FROM_CERTS out (`grep -rn RELAY_FROM_CERTS \(mend.main) …`); then \(mend.reload)")
        ]
    }

    /// What somebody has changed in the list without trustctl since the last decision.
    package var byHand: [Finding] {
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
        // The digest of the whole file, as the last decision left it: when it is the same, nobody else has been here.
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

    private static func names(_ fingerprints: Set<Fingerprint>) -> String {
        let shown = fingerprints.sorted().prefix(3).map(\.description).joined(separator: ", ")
        return fingerprints.count > 3 ? "\(shown) and \(fingerprints.count - 3) more" : shown
    }
}

import Fleet
import FleetHost
import Host
import Trust
import TrustCore

/// This relay's part in a fleet: whether it is as the fleet has decided, and who else is not.
enum FleetFindings {
    static func examine(_ local: LocalTrust) -> [Finding] {
        do throws(Failure) {
            guard let fleet = try LocalFleet(local) else { return [] }
            let faults = try fleet.verify().faults
            let report = try FleetReport(fleet)
            return kept(faults) + judge(report) + keys(try fleet.keysUnknown(report.state))
        } catch {
            return [
                Finding(
                    .error, "fleet-unsound", error.messages.joined(separator: "; "), "what the fleet decides is not made so here",
                    mend: error.hint ?? "`trustctl fleet verify`")
            ]
        }
    }

    /// By what follows from the decisions that are here.
    private static func kept(_ faults: [String]) -> [Finding] {
        guard let first = faults.first else { return [] }
        let more = faults.count > 1 ? " (and \(faults.count - 1) more)" : ""
        return [
            Finding(
                .error, "fleet-not-applied", "\(first)\(more)", "this relay is not as the fleet has decided",
                mend: "`trustctl fleet apply`; `trustctl fleet verify` names all")
        ]
    }

    /// Of what was revoked and is known by its digest alone.
    private static func keys(_ unknown: [Fingerprint]) -> [Finding] {
        guard let first = unknown.first else { return [] }
        let more = unknown.count > 1 ? " (and \(unknown.count - 1) more)" : ""
        return [
            Finding(
                .note, "fleet-keys-unknown", "the certificate \(first)\(more) was revoked and is not known here, so its key is not barred",
                "another certificate with that key has no warning here",
                mend: "`ssh MEMBER trustctl fleet export | trustctl fleet import -`, from a host that knows the certificate")
        ]
    }

    /// A relay speaks for itself alone; a console, of all.
    static func judge(_ report: FleetReport) -> [Finding] {
        var findings = report.state.trustedAgain.map { digest in
            Finding(
                .error, "fleet-trusted-again", "TRUSTED AGAIN: \(digest): the key that had taken it away was taken out",
                "it relays everywhere, although somebody had revoked or denied it",
                mend: "`trustctl revoke \(digest)`, or approve it anew if it shall relay")
        }
        let late = report.members.filter { $0.standing != .live && (report.ownName ?? $0.name) == $0.name }
        if !late.isEmpty {
            let names = late.prefix(8).map { "\($0.name) (\($0.standing.rawValue))" }.joined(separator: ", ")
            findings.append(
                Finding(
                    .warning, "fleet-members-late", "\(late.count) of \(report.members.count) members are not live: \(names)",
                    "they may trust what was revoked, and refuse what was approved", mend: "`trustctl fleet status` says what each lacks"))
        }
        return findings
    }
}

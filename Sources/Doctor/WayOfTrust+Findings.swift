import EximControl
import Trust
import TrustCore

extension WayOfTrust {
    /// The snippet of `trustctl setup` with this way's macros for Debian, below the folder `exim`.
    var debianSnippet: String {
        switch self {
        case .fingerprint: "debian/macros_fingerprints"
        case .directory: "debian/macros_certificates"
        case .authority: "debian/macros_ca"
        }
    }

    /// The snippet with this way's ACL statements.
    var aclSnippet: String {
        switch self {
        case .fingerprint: "one-file/acl_fingerprints"
        case .directory: "one-file/acl_certificates"
        case .authority: "one-file/acl_ca"
        }
    }

    /// Whether `approve`, which goes by Exim's options (`inForce`), does what Exim demands in a rehearsal (this way).
    func contradiction(_ inForce: InForce, _ answers: EximAnswers, _ mend: Remedies) -> [Finding] {
        guard needsInstallation, !inForce.way.needsInstallation else { return [] }
        let place = answers[WayOfTrust.directoryOption] ?? "the system's authorities"
        return [
            Finding(
                .error, "directory-not-kept",
                "exim verifies certificates against \(Printable(place)), where trustctl cannot install one",
                "`trustctl approve` does not let a client relay", mend: mend.directoryOption)
        ]
    }
}

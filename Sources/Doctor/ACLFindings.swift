import EximControl
import SystemPackage
import Trust
import TrustCore

/// Judges the ACL by the rehearsals.
struct ACLFindings {
    let results: Trials.Results
    let facts: Facts
    let mend: Remedies

    /// What Exim says of its rules.
    struct Facts {
        let library: EximAnswers.TLSLibrary
        /// Whether they are ours, but older than this program.
        let hasOldRules: Bool
        /// Whether clients may resume TLS sessions.
        let mayResume: Bool
        /// Whether its configuration compares the end of certificates with the time: an Exim that does not cut dates to 32 bits would pass
        /// the rehearsal for the right reason.
        let comparesDates: Bool
    }

    /// As Exim behaves; nil when no listed certificate may relay.
    private var way: WayOfTrust? { results.way }

    /// The ACL of the way in force, or the one that fits every Exim.
    var recommended: String { mend.acl(way ?? .fingerprint) }

    var findings: [Finding] {
        if let refused = results.refused { return [impossible(refused)] }
        guard let plain = results.plain, !plain.recipients.isEmpty else {
            return [impossible(results.plain.map(\.lastWord) ?? "nothing")]
        }
        if plain.recipients.first?.isTemporary == true { return [impossible(plain.lastWord)] }
        if plain.isAccepted { return [openRelay] }
        guard let stranger = results.stranger, let tls = stranger.tls else { return [noTLS] }
        guard tls.askedForCertificate else { return [notAsked] }
        guard !stranger.recipients.isEmpty else { return [impossible(stranger.lastWord)] }
        return unknown + wronglyHashed + listed + inFile + guards + named(tls) + attempts + ordinary
    }

    private func impossible(_ words: String) -> Finding {
        Finding(
            .error, "rehearsal-impossible", "exim refuses to rehearse a session: \(Printable(words, limit: 200))",
            "what its ACL does with certificates is not known",
            mend: "exclude 192.0.2.0/24 from what refuses it (see `exim -bh 192.0.2.77`)")
    }

    private var openRelay: Finding {
        Finding(
            .error, "open-relay", "exim relays for an unknown client without a certificate",
            "anybody can send mail through this relay",
            mend: "in the RCPT ACL: \(Remedies.refusal), before every `accept` without conditions")
    }

    private var noTLS: Finding {
        Finding(
            .error, "tls-fails", "TLS with exim fails: \(Printable(results.stranger?.lastWord ?? "nothing", limit: 200))",
            "no client can show a certificate, so no client can relay", mend: mend.tls)
    }

    private var notAsked: Finding {
        Finding(
            .error, "certificate-not-asked", "exim does not ask clients for a certificate",
            "clients do not show one, so approved clients cannot relay and new ones do not appear in the queue",
            mend: mend.option("tls_try_verify_hosts = *", debian: "MAIN_TLS_TRY_VERIFY_HOSTS = *"))
    }

    /// Whether a client may relay whose certificate is not in the list.
    var isOpenToStrangers: Bool { results.stranger?.isAccepted == true || results.strangerInDirectory?.isAccepted == true }

    private var unknown: [Finding] {
        guard isOpenToStrangers else { return [] }
        return [
            Finding(
                .error, "unknown-accepted", "exim relays for a client whose certificate is not in the list",
                "anybody with a certificate can send mail through this relay", mend: recommended)
        ]
    }

    private var listed: [Finding] {
        guard way == nil else { return [] }
        if let why = results.mountRefused {
            return [
                Finding(
                    .warning, "directory-not-tried", "what exim does with a certificate in the trust directory cannot be tried: \(why)",
                    "it is not known whether an approved client can relay",
                    mend: "run `trustctl doctor` where root may mount, outside of the container")
            ]
        }
        let words = (results.listedInDirectory ?? results.listed)?.lastWord ?? "nothing"
        return [
            Finding(
                .error, "acl-missing", "exim refuses a client whose certificate is in the list: \(words)",
                "no approved client can relay: the ACL lacks the `accept` for listed certificates, or it stands after what refuses relaying",
                mend: recommended)
        ]
    }

    /// A certificate that is listed on Exim's command line may relay: may one that is listed in the file?
    private var inFile: [Finding] {
        guard way != nil, let outcome = results.listedInFile, !outcome.isAccepted else { return [] }
        return [
            Finding(
                .error, "list-not-used", "exim refuses a client whose certificate is in the list's file: \(outcome.lastWord)",
                "no approved client can relay: the ACL stands before the list's definition, or another macro alters it",
                mend: "include the list before `begin acl` in \(mend.main); then \(mend.reload)")
        ]
    }

    private var guards: [Finding] {
        var findings: [Finding] = []
        if results.nobody?.isAccepted == true || results.nobodyInPlainText?.isAccepted == true {
            let manner = results.nobodyInPlainText?.isAccepted == true ? "" : " over TLS"
            findings.append(
                Finding(
                    .error, "no-certificate-guard",
                    "exim does not check that a client has a certificate before it looks it up in the list",
                    "with the digest of no certificate in the list everybody\(manner) may relay",
                    mend: recommended))
        }
        if results.expired?.isAccepted == true || results.future?.isAccepted == true {
            let which = results.expired?.isAccepted == true ? "has expired" : "is not yet valid"
            findings.append(
                Finding(
                    .error, "dates-not-checked", "exim relays for a client whose certificate \(which)",
                    "a key that its owner gave up long ago can still relay", mend: recommended))
        }
        if facts.hasOldRules {
            findings.append(
                Finding(
                    isResumedUnseen ? dateSeverity : .warning, "rules-outdated", "exim's rules are those of an earlier version of trustd",
                    isResumedUnseen ? resumption : "a certificate that ends after 2106 counts as expired", mend: recommended))
        } else if isResumedUnseen {
            findings.append(
                Finding(
                    dateSeverity, "resumed-dates-not-checked", "exim's ACL does not look at a certificate's dates", resumption,
                    mend: recommended))
        }
        return findings
    }

    /// Whether nothing but the TLS library looks at the dates.
    private var isResumedUnseen: Bool { results.seeminglyEnded?.isAccepted == true && !facts.comparesDates }

    private var resumption: String {
        facts.library == .gnuTLS
            ? "GnuTLS looks at them in every session; OpenSSL would not when a client resumes one"
            : "OpenSSL does not look at them when a client resumes a session: when its certificate has expired it can still relay"
    }

    private var dateSeverity: Finding.Severity {
        if facts.library == .gnuTLS { return facts.hasOldRules ? .warning : .note }
        return facts.mayResume ? .error : .warning
    }

    private func named(_ tls: Rehearsal.Encryption) -> [Finding] {
        guard tls.namedAuthorities > 0 else { return [] }
        return [
            Finding(
                .warning, "authorities-named", "exim tells clients the names of \(tls.namedAuthorities) certificate authorities",
                "a client with GnuTLS, such as another exim, does not show a certificate that none of them issued",
                mend: mend.directoryOption)
        ]
    }

    private var attempts: [Finding] {
        let unverified = results.stranger?.attempts ?? []
        let verified = results.strangerInDirectory?.attempts ?? []
        if unverified.isEmpty && verified.isEmpty {
            if results.mountRefused != nil { return [] }
            return [
                Finding(
                    .error, "attempts-not-logged", "exim does not log that a client with an unknown certificate tried to relay",
                    "new clients never appear in the queue", mend: recommended)
            ]
        }
        if unverified.isEmpty || !unverified.contains(where: \.hasCertificate) {
            return [
                Finding(
                    .note, "enrolment-by-hand",
                    unverified.isEmpty
                        ? "exim logs an attempt only when the certificate is in the trust directory"
                        : "exim logs the digest of an unknown certificate, but not the certificate",
                    "each new certificate must be copied here as a file before it can be approved", mend: recommended)
            ]
        }
        return []
    }

    private var ordinary: [Finding] {
        guard results.ordinary?.isAccepted == true, results.ordinary?.attempts.isEmpty == false else { return [] }
        return [
            Finding(
                .warning, "ordinary-mail-logged", "exim logs mail for its own domains as an attempt to relay",
                "every mail server with a certificate appears in the queue", mend: recommended)
        ]
    }
}

import EximControl

/// The parts of the snippets for Debian's packaged configuration that differ between the ways of trust.
extension WayOfTrust {
    /// The macros that make Debian's configuration ask for certificates and use the list.
    var debianMacros: Snippets.Name {
        switch self {
        case .fingerprint: .debianFingerprints
        case .directory: .debianCertificates
        }
    }

    /// What the macros do, as the comment above them.
    var debianComment: String {
        switch self {
        case .fingerprint:
            """
            # For Debian's packaged configuration; no packaged file is edited. Trust by fingerprint alone: a certificate is good when its
            # fingerprint is in the list and its dates are in order; who issued it does not matter and the trust directory stays empty.
            """
        case .directory:
            """
            # For Debian's packaged configuration; no packaged file is edited. Trust by certificate, the published recipe's way: the certificate
            # must be in the trust directory, valid by its dates, AND its fingerprint in the list.
            """
        }
    }

    /// The macros that choose the ACL for a recipient.
    func debianDispatch(_ snippets: Snippets) -> String {
        switch self {
        case .fingerprint:
            """
            TRUSTD_CERT_IN_DATE = and{{>{${certextract{notafter,int}{$tls_in_peercert}}}{$tod_epoch}}\\
                {<={${certextract{notbefore,int}{$tls_in_peercert}}}{$tod_epoch}}}

            # Which ACL a recipient is checked with: `allow` when the certificate is in the list and its dates are in order; Debian's own when
            # there is none, or its dates are not; else `unknown`, which logs and then asks Debian's own. def:tls_in_peercert guards against
            # the trap of the published recipe: for a client without a certificate the digest is a constant, and must never decide anything.
            .ifndef MAIN_ACL_CHECK_RCPT
            MAIN_ACL_CHECK_RCPT = ${if !def:tls_in_peercert{acl_check_rcpt}{\\
                ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}{\\
                    ${if TRUSTD_CERT_IN_DATE{\(snippets.path(.debianAllow))}{acl_check_rcpt}}\\
                }{\(snippets.path(.debianUnknown))}}}}
            .endif
            """
        case .directory:
            """
            # Which ACL a recipient is checked with: `allow` when the certificate is in the list and verified; Debian's own when there is none,
            # or one in the list that is not verified (not in the directory, expired); else `unknown`, which logs and then asks Debian's own.
            # def:tls_in_peercert guards against the trap of the published recipe: for a client without a certificate the digest is a
            # constant, and must never decide anything.
            .ifndef MAIN_ACL_CHECK_RCPT
            MAIN_ACL_CHECK_RCPT = ${if !def:tls_in_peercert{acl_check_rcpt}{\\
                ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}{\\
                    ${if bool{$tls_in_certificate_verified}{\(snippets.path(.debianAllow))}{acl_check_rcpt}}\\
                }{\(snippets.path(.debianUnknown))}}}}
            .endif
            """
        }
    }
}

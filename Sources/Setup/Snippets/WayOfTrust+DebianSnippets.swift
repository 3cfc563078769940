import EximControl

/// The parts of the snippets for Debian's packaged configuration that differ between the ways of trust.
extension WayOfTrust {
    /// The macros that make Debian's configuration ask for certificates and use the list.
    var debianMacros: Snippets.Name {
        switch self {
        case .fingerprint: .debianFingerprints
        case .directory: .debianCertificates
        case .authority: .debianAuthority
        }
    }

    /// The ACL of whose certificate does not let him relay.
    var debianUnknown: Snippets.Name {
        switch self {
        case .fingerprint, .directory: .debianUnknown
        case .authority: .debianUnknownAuthority
        }
    }

    /// What the macros do, as the comment above them.
    var debianComment: String {
        switch self {
        case .fingerprint:
            """
            # For Debian's packaged configuration; no packaged file is edited. Trust by fingerprint alone: the fingerprint must be in
            # the list and the certificate within its dates. The issuer does not matter, and the trust directory stays empty.
            """
        case .authority:
            """
            # For Debian's packaged configuration; no packaged file is edited. Trust by a CA, and by fingerprint beside it: either the
            # fingerprint is in the list and the certificate within its dates, or the CA has issued it and it is not revoked.
            """
        case .directory:
            """
            # For Debian's packaged configuration; no packaged file is edited. Trust by directory, as in the published recipe: the
            # fingerprint must be in the list AND the certificate must be in the trust directory and within its dates.
            """
        }
    }

    /// The macros that choose the ACL for a recipient.
    func debianDispatch(_ snippets: Snippets) -> String {
        switch self {
        case .fingerprint:
            """
            # The ACL for a recipient: `allow` if the certificate is in the list and within its dates; Debian's own if there is no
            # certificate, or one in the list outside its dates; otherwise `unknown`, which writes the log line and then uses Debian's
            # own. def:tls_in_peercert closes a hole of the published recipe: for a client without a certificate the digest is a
            # constant, which must not decide anything.
            .ifndef MAIN_ACL_CHECK_RCPT
            MAIN_ACL_CHECK_RCPT = ${if !def:tls_in_peercert{acl_check_rcpt}{\\
                ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}{\\
                    ${if TRUSTD_CERT_IN_DATE{\(snippets.path(.debianAllow))}{acl_check_rcpt}}\\
                }{\(snippets.path(.debianUnknown))}}}}
            .endif
            """
        case .authority:
            """
            # Whom the CA has issued a certificate that is not revoked. The issuer's name decides: an Exim with OpenSSL verifies against
            # all CAs of the system too. Exim looks into the folder each time; without the folder it defers the mail of these clients.
            TRUSTD_CA_CLIENT = \(AuthorityRules.condition)

            # The ACL for a recipient: `allow` if the certificate is in the list and within its dates, or the CA's; Debian's own if there
            # is no certificate, or one in the list outside its dates; otherwise `unknown_ca`, which hands over what the CA has issued,
            # or writes the log line and then uses Debian's own. def:tls_in_peercert closes a hole of the published recipe: for a client
            # without a certificate the digest is a constant, which must not decide anything.
            .ifndef MAIN_ACL_CHECK_RCPT
            MAIN_ACL_CHECK_RCPT = ${if !def:tls_in_peercert{acl_check_rcpt}{\\
                ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}{\\
                    ${if TRUSTD_CERT_IN_DATE{\(snippets.path(.debianAllow))}{acl_check_rcpt}}\\
                }{\\
                    ${if and{{TRUSTD_CERT_IN_DATE}{TRUSTD_CA_CLIENT}}\\
                        {\(snippets.path(.debianAllow))}{\(snippets.path(.debianUnknownAuthority))}}\\
                }}}}
            .endif
            """
        case .directory:
            """
            # The ACL for a recipient: `allow` if the certificate is in the list, verified and within its dates; Debian's own if there
            # is no certificate, or one in the list that is not verified (not in the directory, expired); otherwise `unknown`, which
            # writes the log line and then uses Debian's own. def:tls_in_peercert closes a hole of the published recipe: for a client
            # without a certificate the digest is a constant, which must not decide anything.
            .ifndef MAIN_ACL_CHECK_RCPT
            MAIN_ACL_CHECK_RCPT = ${if !def:tls_in_peercert{acl_check_rcpt}{\\
                ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}{\\
                    ${if and{{bool{$tls_in_certificate_verified}}{TRUSTD_CERT_IN_DATE}}{\(snippets.path(.debianAllow))}{acl_check_rcpt}}\\
                }{\(snippets.path(.debianUnknown))}}}}
            .endif
            """
        }
    }
}

import EximControl
import SystemPackage

extension Snippets {
    var debianAllow: String {
        """
        # The RCPT ACL for a client whose certificate is in the trust list. Exim reads this file at run time and does not expand
        # macros in it.
        accept  control    = submission
                control    = dkim_disable_verify

        """
    }

    var debianUnknown: String {
        """
        # The RCPT ACL for a client whose certificate is not in the trust list. Exim reads this file at run time and does not
        # expand macros in it.

        # Writes the log line that trustd reads. Only the first line of a connection contains the certificate, unless that is too
        # long for Exim's log. Ordinary mail for our own domains is not an attempt to relay. Do not add anything to this line that
        # a client can choose freely.
        warn    condition  = ${if def:tls_in_peercert}
                domains    = !+local_domains : !+relay_to_domains
                logwrite   = \(attempt)
                set acl_c_trustd_seen = 1

        # Debian's own ACL decides about everything else.
        require acl        = acl_check_rcpt
        accept

        """
    }

    /// The macros that make Debian's packaged configuration ask for certificates and trust those in the list.
    func debianMacros(_ kind: WayOfTrust) -> String {
        let name: Name = kind == .fingerprint ? .debianFingerprints : .debianCertificates
        let other: Name = kind == .fingerprint ? .debianCertificates : .debianFingerprints
        return """
            \(debianHeader(kind))
            #
            # `trustctl setup --trust \(kind.rawValue)` installs this. By hand:
            # Split configuration (dc_use_split_config='true'):       create /etc/exim4/conf.d/main/00_trustd
            # Unsplit configuration (dc_use_split_config='false'):    edit /etc/exim4/exim4.conf.localmacros
            # and add the line
            #     .include \(path(name))
            #
            # Then `update-exim4.conf && systemctl reload exim4`. Use this file or \(other.base), not both.
            # Macros that you have defined earlier are kept; trustctl reports it if they prevent this from working.

            # The way of trust; trustctl asks Exim for this macro.
            TRUSTD_TRUST = \(kind.rawValue)

            .ifndef MAIN_TLS_ENABLE
            MAIN_TLS_ENABLE = true
            .endif

            \(debianCertificate)
            # Ask every client for a certificate. A client without one, or with one that cannot be verified, is served all the same.
            .ifndef MAIN_TLS_TRY_VERIFY_HOSTS
            MAIN_TLS_TRY_VERIFY_HOSTS = *
            .endif

            # \(directoryReason(kind).replacing("\n", with: "\n# "))
            .ifndef MAIN_TLS_VERIFY_CERTIFICATES
            MAIN_TLS_VERIFY_CERTIFICATES = \(places.certificates)
            .endif

            \(listLines)

            \(debianDispatch(kind))

            """
    }

    private func debianHeader(_ kind: WayOfTrust) -> String {
        switch kind {
        case .fingerprint:
            """
            # For Debian's packaged configuration; no packaged file is edited. Trust by fingerprint alone: the fingerprint must be in
            # the list and the certificate within its dates. The issuer does not matter, and the trust directory stays empty.
            """
        case .directory:
            """
            # For Debian's packaged configuration; no packaged file is edited. Trust by directory, as in the published recipe: the
            # fingerprint must be in the list AND the certificate must be in the trust directory and within its dates.
            """
        }
    }

    private var debianCertificate: String {
        guard places.ownCertificate else {
            return """
                # Exim needs its own certificate in /etc/exim4/exim.crt and exim.key (exim-gencert creates one), or where
                # MAIN_TLS_CERTIFICATE and MAIN_TLS_PRIVATEKEY say.

                """
        }
        return """
            # Exim's own certificate, created by trustctl because there was none. To use another one, define both macros before this
            # file.
            .ifndef MAIN_TLS_CERTIFICATE
            MAIN_TLS_CERTIFICATE = \(places.certificate)
            .endif
            .ifndef MAIN_TLS_PRIVATEKEY
            MAIN_TLS_PRIVATEKEY = \(places.key)
            .endif

            """
    }

    private func debianDispatch(_ kind: WayOfTrust) -> String {
        switch kind {
        case .fingerprint:
            """
            TRUSTD_CERT_IN_DATE = and{{>{${certextract{notafter,int}{$tls_in_peercert}}}{$tod_epoch}}\\
                {<={${certextract{notbefore,int}{$tls_in_peercert}}}{$tod_epoch}}}

            # The ACL for a recipient: `allow` if the certificate is in the list and within its dates; Debian's own if there is no
            # certificate, or one in the list outside its dates; otherwise `unknown`, which writes the log line and then uses Debian's
            # own. def:tls_in_peercert closes a hole of the published recipe: for a client without a certificate the digest is a
            # constant, which must not decide anything.
            .ifndef MAIN_ACL_CHECK_RCPT
            MAIN_ACL_CHECK_RCPT = ${if !def:tls_in_peercert{acl_check_rcpt}{\\
                ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}{\\
                    ${if TRUSTD_CERT_IN_DATE{\(path(.debianAllow))}{acl_check_rcpt}}\\
                }{\(path(.debianUnknown))}}}}
            .endif
            """
        case .directory:
            """
            # The ACL for a recipient: `allow` if the certificate is in the list and verified; Debian's own if there is no
            # certificate, or one in the list that is not verified (not in the directory, expired); otherwise `unknown`, which writes
            # the log line and then uses Debian's own. def:tls_in_peercert closes a hole of the published recipe: for a client without
            # a certificate the digest is a constant, which must not decide anything.
            .ifndef MAIN_ACL_CHECK_RCPT
            MAIN_ACL_CHECK_RCPT = ${if !def:tls_in_peercert{acl_check_rcpt}{\\
                ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}{\\
                    ${if bool{$tls_in_certificate_verified}{\(path(.debianAllow))}{acl_check_rcpt}}\\
                }{\(path(.debianUnknown))}}}}
            .endif
            """
        }
    }
}

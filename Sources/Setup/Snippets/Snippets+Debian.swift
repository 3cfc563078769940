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

    func debianUnknown(_ kind: WayOfTrust) -> String {
        """
        # The RCPT ACL for a client whose certificate is not in the trust list. Exim reads this file at run time and does not
        # expand macros in it.
        \(kind.handOver(self, unless: "        !acl       = acl_check_rcpt\n"))
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
        """
        \(kind.debianComment)
        #
        # `trustctl setup --trust \(kind.rawValue)` installs this. By hand:
        # Split configuration (dc_use_split_config='true'):       create /etc/exim4/conf.d/main/00_trustd
        # Unsplit configuration (dc_use_split_config='false'):    edit /etc/exim4/exim4.conf.localmacros
        # and add the line
        #     .include \(path(kind.debianMacros))
        #
        # Then `update-exim4.conf && systemctl reload exim4`. Include only one of this file, \(kind.others(\.debianMacros)).
        # Macros that you have defined earlier are kept; trustctl reports it if they prevent this from working.

        # The way of trust, and the version of these rules; trustctl asks Exim for both macros.
        \(definition(kind))

        .ifndef MAIN_TLS_ENABLE
        MAIN_TLS_ENABLE = true
        .endif

        \(debianCertificate)
        # Ask every client for a certificate. A client without one, or with one that cannot be verified, is served all the same.
        .ifndef MAIN_TLS_TRY_VERIFY_HOSTS
        MAIN_TLS_TRY_VERIFY_HOSTS = *
        .endif

        # \(kind.directoryReason.replacing("\n", with: "\n# "))
        .ifndef MAIN_TLS_VERIFY_CERTIFICATES
        MAIN_TLS_VERIFY_CERTIFICATES = \(kind.directoryValue(places))
        .endif

        \(listLines)

        \(datesMacro)

        \(kind.debianDispatch(self))

        """
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
}

import EximControl
import SystemPackage

extension Snippets {
    var debianAllow: String {
        """
        # The RCPT ACL of a client whose certificate is in the trust list. Exim reads it from here at run time, without macros.
        accept  control    = submission
                control    = dkim_disable_verify

        """
    }

    var debianUnknown: String {
        """
        # The RCPT ACL of a client whose certificate is not in the trust list. Exim reads it from here at run time, without macros.

        # What trustd waits for; the certificate itself stands in the first line of each connection only (and not when it would be too long
        # for Exim's log). Ordinary mail for our own domains is no attempt to relay. Nothing that a client can choose freely stands in this
        # line: keep it so.
        warn    condition  = ${if def:tls_in_peercert}
                domains    = !+local_domains : !+relay_to_domains
                logwrite   = \(attempt)
                set acl_c_trustd_seen = 1

        # Everything else as Debian's own ACL has it.
        require acl        = acl_check_rcpt
        accept

        """
    }

    /// The macros that make Debian's packaged configuration ask for certificates and heed the list.
    func debianMacros(_ kind: WayOfTrust) -> String {
        """
        \(kind.debianComment)
        #
        # `trustctl setup --trust \(kind.rawValue)` puts it in place. By hand:
        # Split configuration (dc_use_split_config='true'):  a file /etc/exim4/conf.d/main/00_trustd with the line
        # One file (dc_use_split_config='false'):            in /etc/exim4/exim4.conf.localmacros the line
        #     .include \(path(kind.debianMacros))
        #
        # Then `update-exim4.conf && systemctl reload exim4`. Use this file or \(kind.others(\.debianMacros)), not both.
        # What you have defined before it stays yours: trustctl says when that keeps it from working.

        # Which way it is: trustctl asks Exim for this.
        \(kind.definition)

        .ifndef MAIN_TLS_ENABLE
        MAIN_TLS_ENABLE = true
        .endif

        \(debianCertificate)
        # Ask every client for its certificate, and serve it just the same when it has none or one that is not verified.
        .ifndef MAIN_TLS_TRY_VERIFY_HOSTS
        MAIN_TLS_TRY_VERIFY_HOSTS = *
        .endif

        # \(kind.directoryReason.replacing("\n", with: "\n# "))
        .ifndef MAIN_TLS_VERIFY_CERTIFICATES
        MAIN_TLS_VERIFY_CERTIFICATES = \(places.certificates)
        .endif

        \(listLines)

        \(kind.debianDispatch(self))

        """
    }

    private var debianCertificate: String {
        guard places.ownCertificate else {
            return """
                # Exim's own certificate is expected in /etc/exim4/exim.crt and exim.key (exim-gencert makes one), or where MAIN_TLS_CERTIFICATE
                # and MAIN_TLS_PRIVATEKEY say.

                """
        }
        return """
            # Exim's own certificate, made by trustctl because there was none. Another one: define the two above this file.
            .ifndef MAIN_TLS_CERTIFICATE
            MAIN_TLS_CERTIFICATE = \(places.certificate)
            .endif
            .ifndef MAIN_TLS_PRIVATEKEY
            MAIN_TLS_PRIVATEKEY = \(places.key)
            .endif

            """
    }
}

extension Snippets.Name {
    /// Without the folder.
    package var base: String { rawValue.split(separator: "/").last.map(String.init) ?? rawValue }
}

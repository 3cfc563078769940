import EximControl
import SystemPackage

extension Snippets {
    /// Why tls_verify_certificates names a directory of our own, as lines of a comment.
    func directoryReason(_ kind: WayOfTrust) -> String {
        switch kind {
        case .fingerprint:
            """
            An empty directory. With a file, Exim sends the names of its CAs, and GnuTLS clients do not show a certificate that none
            of these CAs has issued.
            """
        case .directory:
            """
            Not /etc/ssl/certs: everybody with a certificate of a public CA would count as verified, and a CA:TRUE certificate in it
            becomes a root CA for the whole host. A directory, even an empty one, and not a file: with a file, Exim sends the names
            of its CAs, and GnuTLS clients (such as Debian's Exim) do not show a certificate that none of these CAs has issued.
            """
        }
    }

    /// How Exim gets the trust list.
    var listLines: String {
        guard let list = places.list else { return "# The trust list, RELAY_FROM_CERTS, is defined elsewhere." }
        return """
            # The trust list, RELAY_FROM_CERTS = HASH : HASH.
            .include \(list)
            """
    }

    func main(_ kind: WayOfTrust) -> String {
        let acl: Name = kind == .fingerprint ? .aclFingerprints : .aclCertificates
        return """
            # Include this in the main section of an Exim configuration that is a single file, before `begin acl`:
            #
            #     .include \(path(kind == .fingerprint ? .mainFingerprints : .mainCertificates))
            #
            # Goes with \(acl.base). `trustctl setup` writes those of these lines that are missing.
            #
            # Remove your own RELAY_FROM_CERTS, tls_verify_certificates and tls_try_verify_hosts: Exim allows each only once. Exim
            # needs its own certificate (tls_certificate, tls_privatekey) and must offer TLS (tls_advertise_hosts, by default to
            # everybody).

            # The way of trust; trustctl asks Exim for this macro.
            TRUSTD_TRUST = \(kind.rawValue)

            # Must come before the ACL that uses it. Nothing after it may define the macro again with ==.
            \(listLines)

            # \(directoryReason(kind).replacing("\n", with: "\n# "))
            tls_verify_certificates = \(places.certificates)

            # Ask every client for a certificate. A client without one, or with one that cannot be verified, is served all the same.
            tls_try_verify_hosts = *

            """
    }

    func acl(_ kind: WayOfTrust) -> String { aclHeader(kind) + "\n" + aclStatements(kind) }

    private func aclHeader(_ kind: WayOfTrust) -> String {
        let name: Name = kind == .fingerprint ? .aclFingerprints : .aclCertificates
        let other: Name = kind == .fingerprint ? .aclCertificates : .aclFingerprints
        let what =
            switch kind {
            case .fingerprint:
                """
                # Trust by fingerprint alone: the fingerprint must be in the list and the certificate within its dates. The issuer does
                # not matter, and the trust directory stays empty. For an Exim built with GnuTLS, as Debian's; with OpenSSL, prefer
                # acl_certificates.
                """
            case .directory:
                """
                # Trust by directory, as in the published recipe: the fingerprint must be in the list AND the certificate must be in the
                # trust directory and within its dates.
                """
            }
        return """
            \(what)
            # Include this in the RCPT ACL, after the first accepts for local clients and before the statement that refuses relaying:
            #
            #     acl_check_rcpt:
            #         ...
            #         .include \(path(name))
            #         ...
            #         require message = relay not permitted
            #                 domains = +local_domains : +relay_to_domains
            #
            # Include this file or \(other.base), not both. The domain lists +local_domains and +relay_to_domains must exist, as in
            # Exim's default configuration.

            """
    }

    /// The statements alone, with the comments that matter to whoever changes them.
    func aclStatements(_ kind: WayOfTrust) -> String {
        let accept =
            switch kind {
            case .fingerprint:
                """
                # encrypted and def:tls_in_peercert close a hole of the recipe: for a client without a certificate the digest below is a
                # constant, and everybody could relay if that constant were in the list.
                accept  encrypted  = *
                        condition  = ${if def:tls_in_peercert}
                        condition  = ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                        condition  = ${if >{${certextract{notafter,int}{$tls_in_peercert}}}{$tod_epoch}}
                        condition  = ${if <={${certextract{notbefore,int}{$tls_in_peercert}}}{$tod_epoch}}
                """
            case .directory:
                """
                # def:tls_in_peercert closes a hole of the recipe: for a client without a certificate the digest below is a constant, and
                # everybody could relay if that constant were in the list.
                accept  verify     = certificate
                        condition  = ${if def:tls_in_peercert}
                        condition  = ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                """
            }
        return """
            \(accept)
                    control    = submission
                    control    = dkim_disable_verify

            # Writes the log line that trustd reads. Only the first line of a connection contains the certificate, unless that is too
            # long for Exim's log. Ordinary mail for our own domains is not an attempt to relay. Do not add anything to this line that
            # a client can choose freely.
            warn    condition  = ${if def:tls_in_peercert}
                    domains    = !+local_domains : !+relay_to_domains
                    condition  = ${if !inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                    logwrite   = \(attempt)
                    set acl_c_trustd_seen = 1

            """
    }
}

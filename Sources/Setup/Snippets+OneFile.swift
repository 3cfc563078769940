import EximControl
import SystemPackage

extension Snippets {
    /// Why the directory is ours, as lines of a comment.
    func directoryReason(_ kind: WayOfTrust) -> String {
        switch kind {
        case .fingerprint:
            """
            An empty directory of our own: a file here would make GnuTLS clients keep a certificate to themselves that no CA in that file
            issued.
            """
        case .directory:
            """
            A directory of our own, not /etc/ssl/certs: whoever has a certificate from a public CA would count as verified, and a CA:TRUE
            certificate put there becomes a root for the whole host. A directory, also an empty one, and not a file: naming a file makes
            GnuTLS clients (other Exims) keep their certificate to themselves unless a CA in that file issued it.
            """
        }
    }

    /// How the list reaches Exim.
    var listLines: String {
        guard let list = places.list else { return "# The trust list, RELAY_FROM_CERTS, is defined elsewhere." }
        return """
            # The trust list, RELAY_FROM_CERTS = HASH : HASH.
            .include \(list)
            """
    }

    package func main(_ kind: WayOfTrust) -> String {
        let acl: Name = kind == .fingerprint ? .aclFingerprints : .aclCertificates
        return """
            # For the main section of an Exim configuration that is one file, before `begin acl`:
            #
            #     .include \(path(kind == .fingerprint ? .mainFingerprints : .mainCertificates))
            #
            # Goes with \(acl.base). `trustctl setup` writes the same lines, those of them that are not there yet.
            #
            # Take out your own RELAY_FROM_CERTS, tls_verify_certificates and tls_try_verify_hosts: Exim allows each only once. Exim needs
            # a certificate of its own (tls_certificate, tls_privatekey) and must offer TLS (tls_advertise_hosts, by default to everybody).

            # Which way it is: trustctl asks Exim for this.
            TRUSTD_TRUST = \(kind.rawValue)

            # Must stand before the ACL that uses it. Nothing below may define it again with ==.
            \(listLines)

            # \(directoryReason(kind).replacing("\n", with: "\n# "))
            tls_verify_certificates = \(places.certificates)

            # Ask every client for its certificate, and serve it just the same when it has none or one that is not verified.
            tls_try_verify_hosts = *

            """
    }

    package func acl(_ kind: WayOfTrust) -> String { aclHeader(kind) + "\n" + aclStatements(kind) }

    private func aclHeader(_ kind: WayOfTrust) -> String {
        let name: Name = kind == .fingerprint ? .aclFingerprints : .aclCertificates
        let other: Name = kind == .fingerprint ? .aclCertificates : .aclFingerprints
        let what =
            switch kind {
            case .fingerprint:
                """
                # Trust by fingerprint alone: a certificate is good when its fingerprint is in the list and its dates are in order; who issued it
                # does not matter and the trust directory stays empty. For Exim built with GnuTLS (Debian's); with OpenSSL prefer acl_certificates.
                """
            case .directory:
                """
                # Trust by certificate, the published recipe's way: the certificate must be in the trust directory, valid by its dates, AND its
                # fingerprint in the list.
                """
            }
        return """
            \(what)
            # For the RCPT ACL, after its first accepts for local clients and before the statement that refuses relaying:
            #
            #     acl_check_rcpt:
            #         ...
            #         .include \(path(name))
            #         ...
            #         require message = relay not permitted
            #                 domains = +local_domains : +relay_to_domains
            #
            # Include this file or \(other.base), not both. The domain lists +local_domains and +relay_to_domains must exist, as they do in
            # Exim's default configuration.

            """
    }

    /// The statements alone, with the comments that whoever changes them must know.
    func aclStatements(_ kind: WayOfTrust) -> String {
        let accept =
            switch kind {
            case .fingerprint:
                """
                # encrypted and def:tls_in_peercert guard against the trap of the recipe: for a client without a certificate the digest below is a
                # constant, and anybody could relay if that constant ever stood in the list.
                accept  encrypted  = *
                        condition  = ${if def:tls_in_peercert}
                        condition  = ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                        condition  = ${if >{${certextract{notafter,int}{$tls_in_peercert}}}{$tod_epoch}}
                        condition  = ${if <={${certextract{notbefore,int}{$tls_in_peercert}}}{$tod_epoch}}
                """
            case .directory:
                """
                # def:tls_in_peercert guards against the trap of the recipe: for a client without a certificate the digest below is a constant, and
                # anybody could relay if that constant ever stood in the list.
                accept  verify     = certificate
                        condition  = ${if def:tls_in_peercert}
                        condition  = ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                """
            }
        return """
            \(accept)
                    control    = submission
                    control    = dkim_disable_verify

            # What trustd waits for. The certificate itself stands in the first line of each connection only, and not when it would be too long
            # for Exim's log. Ordinary mail for our own domains is no attempt to relay. Nothing that a client can choose freely stands in this
            # line: keep it so.
            warn    condition  = ${if def:tls_in_peercert}
                    domains    = !+local_domains : !+relay_to_domains
                    condition  = ${if !inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                    logwrite   = \(attempt)
                    set acl_c_trustd_seen = 1

            """
    }
}

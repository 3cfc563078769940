import EximControl
import SystemPackage

extension Snippets {
    /// How the list reaches Exim.
    var listLines: String {
        guard let list = places.list else { return "# The trust list, RELAY_FROM_CERTS, is defined elsewhere." }
        return """
            # The trust list, RELAY_FROM_CERTS = HASH : HASH.
            .include \(list)
            """
    }

    func main(_ kind: WayOfTrust) -> String {
        return """
            # For the main section of an Exim configuration that is one file, before `begin acl`:
            #
            #     .include \(path(kind.main))
            #
            # Goes with \(kind.acl.base). `trustctl setup` writes the same lines, those of them that are not there yet.
            #
            # Take out your own RELAY_FROM_CERTS, tls_verify_certificates and tls_try_verify_hosts: Exim allows each only once. Exim needs
            # a certificate of its own (tls_certificate, tls_privatekey) and must offer TLS (tls_advertise_hosts, by default to everybody).

            # Which way it is: trustctl asks Exim for this.
            \(kind.definition)

            # Must stand before the ACL that uses it. Nothing below may define it again with ==.
            \(listLines)

            # \(kind.directoryReason.replacing("\n", with: "\n# "))
            tls_verify_certificates = \(places.certificates)

            # Ask every client for its certificate, and serve it just the same when it has none or one that is not verified.
            tls_try_verify_hosts = *

            """
    }

    func acl(_ kind: WayOfTrust) -> String { aclHeader(kind) + "\n" + aclStatements(kind) }

    private func aclHeader(_ kind: WayOfTrust) -> String {
        return """
            \(kind.aclComment)
            # For the RCPT ACL, after its first accepts for local clients and before the statement that refuses relaying:
            #
            #     acl_check_rcpt:
            #         ...
            #         .include \(path(kind.acl))
            #         ...
            #         require message = relay not permitted
            #                 domains = +local_domains : +relay_to_domains
            #
            # Include this file or \(kind.others(\.acl)), not both. The domain lists +local_domains and +relay_to_domains must exist, as they do in
            # Exim's default configuration.

            """
    }

    /// The statements alone, with the comments that whoever changes them must know.
    func aclStatements(_ kind: WayOfTrust) -> String {
        return """
            \(kind.acceptStatement)
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

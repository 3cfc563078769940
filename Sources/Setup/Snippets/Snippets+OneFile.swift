import EximControl
import SystemPackage

extension Snippets {
    /// How Exim gets the trust list.
    var listLines: String {
        guard let list = places.list else { return "# The trust list, RELAY_FROM_CERTS, is defined elsewhere." }
        return """
            # The trust list, RELAY_FROM_CERTS = HASH : HASH.
            .include \(list)
            """
    }

    func main(_ kind: WayOfTrust) -> String {
        return """
            # Include this in the main section of an Exim configuration that is a single file, before `begin acl`:
            #
            #     .include \(path(kind.main))
            #
            # Goes with \(kind.acl.base). `trustctl setup` writes those of these lines that are missing.
            #
            # Remove your own RELAY_FROM_CERTS, tls_verify_certificates and tls_try_verify_hosts: Exim allows each only once. Exim
            # needs its own certificate (tls_certificate, tls_privatekey) and must offer TLS (tls_advertise_hosts, by default to
            # everybody).

            # The way of trust, and the version of these rules; trustctl asks Exim for both macros.
            \(definition(kind))

            # Must come before the ACL that uses it. Nothing after it may define the macro again with ==.
            \(listLines)

            # \(kind.directoryReason.replacing("\n", with: "\n# "))
            tls_verify_certificates = \(kind.directoryValue(places))

            # Ask every client for a certificate. A client without one, or with one that cannot be verified, is served all the same.
            tls_try_verify_hosts = *

            """
    }

    /// The lines that tell Exim, and so trustctl, which of our texts these are.
    func definition(_ kind: WayOfTrust) -> String {
        switch kind {
        case .fingerprint, .directory: kind.definition
        case .authority:
            """
            \(kind.definition)
            \(places.authority.definitions)
            """
        }
    }

    func acl(_ kind: WayOfTrust) -> String { aclHeader(kind) + "\n" + aclStatements(kind) }

    private func aclHeader(_ kind: WayOfTrust) -> String {
        return """
            \(kind.aclComment)
            # Include this in the RCPT ACL, after the first accepts for local clients and before the statement that refuses relaying:
            #
            #     acl_check_rcpt:
            #         ...
            #         .include \(path(kind.acl))
            #         ...
            #         require message = relay not permitted
            #                 domains = \(ownDomains.map { "+\($0)" }.joined(separator: " : "))
            #
            # Include only one of this file, \(kind.others(\.acl)). These domain lists must exist, as in Exim's default
            # configuration.

            """
    }

    /// The statements alone, with the comments that matter to whoever changes them.
    func aclStatements(_ kind: WayOfTrust) -> String {
        return """
            \(Self.datesComment)
            \(kind.acceptStatement)
            \(dateConditions)
                    control    = submission
                    control    = dkim_disable_verify
            \(kind.furtherAccepts(self))\(kind.handOver(self))
            # Writes the log line that trustd reads. Only the first line of a connection contains the certificate, unless that is too
            # long for Exim's log. Ordinary mail for our own domains is not an attempt to relay. Do not add anything to this line that
            # a client can choose freely.
            warn    condition  = ${if def:tls_in_peercert}
                    domains    = \(otherDomains)
                    condition  = ${if !inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                    logwrite   = \(attempt)
                    set acl_c_trustd_seen = 1

            """
    }
}

import EximControl

/// The parts of the snippets that differ between the ways of trust.
extension WayOfTrust {
    /// The statements for the ACL of a configuration that is one file.
    var acl: Snippets.Name {
        switch self {
        case .fingerprint: .aclFingerprints
        case .directory: .aclCertificates
        }
    }

    /// The lines for its main section.
    var main: Snippets.Name {
        switch self {
        case .fingerprint: .mainFingerprints
        case .directory: .mainCertificates
        }
    }

    /// The snippets of the other ways, of which only one may be included, without their folder.
    func others(_ snippet: (WayOfTrust) -> Snippets.Name) -> String {
        Self.allCases.filter { $0 != self }.map { snippet($0).base }.joined(separator: " or ")
    }

    /// Why the directory is ours, as lines of a comment.
    var directoryReason: String {
        switch self {
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

    /// What the ACL demands, as the comment above it.
    var aclComment: String {
        switch self {
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
    }

    /// The statement that lets an approved client relay, without its controls.
    var acceptStatement: String {
        switch self {
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
    }
}

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

    /// What the ACL demands, as the comment above it.
    var aclComment: String {
        switch self {
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
    }

    /// The statement that lets an approved client relay, without its controls.
    var acceptStatement: String {
        switch self {
        case .fingerprint:
            """
            # encrypted and def:tls_in_peercert close a hole of the recipe: for a client without a certificate the digest below is a
            # constant, and everybody could relay if that constant were in the list.
            accept  encrypted  = *
                    condition  = ${if def:tls_in_peercert}
                    condition  = ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
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
    }
}

import EximControl

/// The parts of the snippets that differ between the ways of trust.
extension WayOfTrust {
    /// The statements for the ACL of a configuration that is one file.
    var acl: Snippets.Name {
        switch self {
        case .fingerprint: .aclFingerprints
        case .directory: .aclCertificates
        case .authority: .aclAuthority
        }
    }

    /// The lines for its main section.
    var main: Snippets.Name {
        switch self {
        case .fingerprint: .mainFingerprints
        case .directory: .mainCertificates
        case .authority: .mainAuthority
        }
    }

    /// The snippets of the other ways, without their folder.
    func others(_ snippet: (WayOfTrust) -> Snippets.Name) -> String {
        Self.allCases.filter { $0 != self }.map { snippet($0).base }.joined(separator: " and ")
    }

    /// Why the directory is ours, as lines of a comment.
    var directoryReason: String {
        switch self {
        case .fingerprint:
            """
            An empty directory. With a file, Exim sends the names of its CAs, and GnuTLS clients do not show a certificate that none
            of these CAs has issued.
            """
        case .authority:
            """
            A folder with the CA's certificate alone, under the name by which OpenSSL looks for it. With a file, Exim sends the names
            of its CAs, and GnuTLS clients do not show a certificate of their own then: nobody new could be queued.
            """
        case .directory:
            """
            Not /etc/ssl/certs: everybody with a certificate of a public CA would count as verified, and a CA:TRUE certificate in it
            becomes a root CA for the whole host. A directory, even an empty one, and not a file: with a file, Exim sends the names
            of its CAs, and GnuTLS clients (such as Debian's Exim) do not show a certificate that none of these CAs has issued.
            """
        }
    }

    /// What Exim verifies certificates against.
    func directoryValue(_ places: SetupPlaces) -> String {
        switch self {
        case .fingerprint, .directory: places.directoryValue
        case .authority: "\(places.authority.folder)/"
        }
    }

    /// The statement that lets in whom nobody has approved one by one; empty, or with a blank line before it.
    func furtherAccepts(_ snippets: Snippets) -> String {
        switch self {
        case .fingerprint, .directory: return ""
        case .authority:
            let conditions = AuthorityRules.conditions.map { "        condition  = \($0)\n" }.joined()
            return """

                # And whom the CA has issued a certificate. The issuer's name decides: an Exim with OpenSSL verifies against all CAs of the
                # system too. Whoever is revoked has a name in the folder, which Exim looks at each time. Without the folder it defers (451).
                accept  verify     = certificate
                \(conditions)\(snippets.dateConditions)
                        control    = submission
                        control    = dkim_disable_verify

                """
        }
    }

    /// The statement that gives a client the certificate that was issued to it; empty, or with a blank line before it.
    /// `unless` as in `AuthorityRules.handOver`.
    func handOver(_ snippets: Snippets, unless: String = "") -> String {
        switch self {
        case .fingerprint, .directory: ""
        case .authority: "\n" + snippets.places.authority.handOver(snippets.otherDomains, unless: unless)
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
        case .authority:
            """
            # Trust by a CA, and by fingerprint beside it: either the fingerprint is in the list and the certificate within its dates,
            # or the CA has issued it and it is not revoked.
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
        case .fingerprint, .authority:
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

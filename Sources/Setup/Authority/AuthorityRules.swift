import EximControl
import SystemPackage
import TrustCore

/// What the rules of trust by a CA say, and the paths in them.
struct AuthorityRules: Equatable {
    /// The folder of the CA's certificate alone.
    var folder: FilePath = "/etc/trustd/authority"
    var revoked: FilePath = "/etc/trustd/revoked"
    var issued: FilePath = "/etc/trustd/issued"
    /// The CA's certificate as the operator named it, and its name in `folder`.
    var source: FilePath = "ca.pem"
    var fileName = "HASH.0"
    /// The CA's name as this build of Exim prints it. This one is an example.
    var name = QuotedText("CN=trustd relay CA 0123456789abcdef".utf8)

    /// The macros in which Exim, and so trustctl, has what the conditions below compare.
    var definitions: String {
        """
        # The CA's name as this build of Exim prints it: \(shown)
        # What is not a small letter or a digit is written as \\x and its number, so that no macro of somebody else's changes it.
        \(WayOfTrust.authorityName) = \(name.text)
        # The folder of the CA's revoked clients.
        \(WayOfTrust.revokedName) = \(revoked)
        """
    }

    private var shown: String { Printable(String(decoding: name.bytes, as: UTF8.self), limit: 100).description }

    private static let issuer = "eq{${certextract{issuer}{$tls_in_peercert}}}{\(WayOfTrust.authorityName)}"
    private static let notItself = "!eq{${certextract{subject}{$tls_in_peercert}}}{\(WayOfTrust.authorityName)}"
    private static let notRevoked =
        "${lookup{${sha256:$tls_in_peercert}}dsearch,cache=no_rd{\(WayOfTrust.revokedName)}{no}{yes}}"

    /// The conditions of the ACL that let the CA's clients in, besides `verify = certificate` and the dates. The name decides: an Exim with
    /// OpenSSL also verifies what any CA of the system has issued.
    static let conditions = ["${if def:tls_in_peercert}", "${if \(issuer)}", "${if \(notItself)}", notRevoked]

    /// The same as one condition of an expansion.
    static let condition = """
        and{{bool{$tls_in_certificate_verified}}\\
            {\(issuer)}\\
            {\(notItself)}\\
            {bool{\(notRevoked)}}}
        """

    /// Where the certificate is for Exim.
    var file: FilePath { folder.appending(fileName) }

    /// What makes the files of these rules, where an operator does that by hand.
    var commands: [String] {
        ["install -d -m 0755 \(folder) \(revoked) \(issued)", "install -m 0644 \(Printable(source.string, limit: 200)) \(file)"]
    }

    /// Hands a client the certificate that was issued to it, in the answer that refuses it. It is public, and only who has its key can use it.
    /// `unless` is a condition by which the client is let in otherwise, and which is looked at last.
    func handOver(_ otherDomains: String, unless: String = "") -> String {
        """
        # A client shows the certificate for which the CA has issued it another one: that one is handed over with the refusal. It is
        # before the log line: nobody must decide about that client.
        deny    condition  = ${if def:tls_in_peercert}
                domains    = \(otherDomains)
                set acl_c_trustd_issued = ${lookup{${sha256:$tls_in_peercert}}dsearch,ret=full,cache=no_rd{\(issued)}}
                condition  = ${if def:acl_c_trustd_issued}
        \(unless)        message    = issued:\\n${readfile{$acl_c_trustd_issued}}

        """
    }
}

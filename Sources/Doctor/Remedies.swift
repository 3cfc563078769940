import EximControl
import SystemPackage
import TrustCore

/// What findings propose, in words that fit this machine.
struct Remedies {
    /// The folder of trustd.conf, with our files for Exim below it.
    let folder: FilePath
    /// `certificates` in trustd.conf.
    let certificates: FilePath
    /// The file that Exim reads first.
    let main: FilePath
    /// The command by which the running Exim reads its configuration again.
    let reload: String
    /// The command that starts Exim.
    let start: String
    /// Whether Exim's rules are those of `trustctl setup`. It does not touch others: it takes them over as they are.
    let hasOwnRules: Bool

    static let refusal = "`require message = relay not permitted` with `domains = +local_domains : +relay_to_domains`"

    private var isDebian: Bool { DebianConfiguration.generates(main) }

    /// Our ACL in place of the one that is there.
    func acl(_ way: WayOfTrust) -> String {
        let setup = hasOwnRules ? "`trustctl setup`" : "remove your own rules for certificates, then `trustctl setup`"
        if isDebian {
            return
                "\(setup); by hand: `.include \(folder)/exim/\(way.debianSnippet)` among the macros in \(DebianConfiguration.sources), in place of your own for certificates; then \(reload)"
        }
        return
            "\(setup); by hand: in the RCPT ACL in \(main), in place of your statements for certificates and before the one that refuses relaying, `.include \(folder)/exim/\(way.aclSnippet)`; then \(reload)"
    }

    /// A line of the main section.
    func option(_ line: String, debian: String) -> String {
        "`\(isDebian ? debian : line)` in \(isDebian ? "the macros in \(DebianConfiguration.sources)" : "the main section of \(main)"); then \(reload)"
    }

    var directoryOption: String {
        option("tls_verify_certificates = \(certificates)/", debian: "MAIN_TLS_VERIFY_CERTIFICATES = \(certificates)/")
    }

    var tls: String {
        option(
            "tls_advertise_hosts = *` and, where they are missing or exim's user cannot read them, `tls_certificate` and `tls_privatekey",
            debian: "MAIN_TLS_ENABLE = true")
    }
}

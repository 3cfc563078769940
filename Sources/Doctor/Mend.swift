import EximControl
import SystemPackage
import TrustCore

/// What a finding proposes, in the words that fit this machine.
struct Mend {
    /// The folder of trustd.conf, which holds our files for Exim too.
    let folder: FilePath
    /// The trust directory that we keep.
    let certificates: FilePath
    /// The file that Exim reads first.
    let main: FilePath
    /// The command by which the running Exim reads its configuration again.
    let reload: String

    static let refusal = "`require message = relay not permitted` with `domains = +local_domains : +relay_to_domains`"

    private var isDebian: Bool { DebianConfiguration.generates(main) }

    /// Our ACL in the place of what is there.
    func acl(_ way: ACLFindings.Way) -> String {
        if isDebian {
            let name = way == .fingerprint ? "macros_fingerprints" : "macros_certificates"
            return
                "`trustctl setup`; by hand: `.include \(folder)/exim/debian/\(name)` among the macros in \(DebianConfiguration.sources), in the place of your own for certificates; then \(reload)"
        }
        let name = way == .fingerprint ? "acl_fingerprints" : "acl_certificates"
        return
            "`trustctl setup`; by hand: in the RCPT ACL in \(main), in the place of your statements for certificates and before the one that refuses relaying, `.include \(folder)/exim/one-file/\(name)`; then \(reload)"
    }

    /// A line of the main section.
    func option(_ line: String, debian: String) -> String {
        "`\(isDebian ? debian : line)` in \(isDebian ? "the macros in \(DebianConfiguration.sources)" : "the main section of \(main)"); then \(reload)"
    }

    var directoryOption: String {
        option("tls_verify_certificates = \(certificates)", debian: "MAIN_TLS_VERIFY_CERTIFICATES = \(certificates)")
    }

    var tls: String {
        option(
            "tls_advertise_hosts = *` and, where they are missing or exim's user cannot read them, `tls_certificate` and `tls_privatekey",
            debian: "MAIN_TLS_ENABLE = true")
    }
}

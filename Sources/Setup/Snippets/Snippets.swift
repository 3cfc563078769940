import EximControl
import SystemPackage
import TrustCore

/// The texts that `trustctl setup` writes for Exim to include. They are here because the binary must be enough. The files of etc/exim are the
/// same texts with the default paths, for those who set Exim up by hand; a test compares the two.
struct Snippets {
    var places: SetupPlaces
    /// The domain lists for which the relay takes mail from everybody: mail for them is no attempt to relay.
    var ownDomains = SetupFacts.usualDomains

    /// Their names below `exim/`, sorted.
    enum Name: String, CaseIterable {
        case debianAllow = "debian/allow"
        case debianAuthority = "debian/macros_ca"
        case debianCertificates = "debian/macros_certificates"
        case debianFingerprints = "debian/macros_fingerprints"
        case debianUnknown = "debian/unknown"
        case debianUnknownAuthority = "debian/unknown_ca"
        case aclAuthority = "one-file/acl_ca"
        case aclCertificates = "one-file/acl_certificates"
        case aclFingerprints = "one-file/acl_fingerprints"
        case mainAuthority = "one-file/main_ca"
        case mainCertificates = "one-file/main_certificates"
        case mainFingerprints = "one-file/main_fingerprints"

        /// Without the folder.
        var base: String { rawValue.split(separator: "/").last.map(String.init) ?? rawValue }
    }

    func text(_ name: Name) -> String {
        switch name {
        case .debianAllow: debianAllow
        case .debianUnknown: debianUnknown(.fingerprint)
        case .debianUnknownAuthority: debianUnknown(.authority)
        case .debianAuthority: debianMacros(.authority)
        case .aclAuthority: acl(.authority)
        case .mainAuthority: main(.authority)
        case .debianCertificates: debianMacros(.directory)
        case .debianFingerprints: debianMacros(.fingerprint)
        case .aclCertificates: acl(.directory)
        case .aclFingerprints: acl(.fingerprint)
        case .mainCertificates: main(.directory)
        case .mainFingerprints: main(.fingerprint)
        }
    }

    /// All other domains, as a condition of an ACL. Without a domain list only this host's own name is no other one.
    var otherDomains: String { ownDomains.isEmpty ? "!@" : ownDomains.map { "!+\($0)" }.joined(separator: " : ") }

    func path(_ name: Name) -> FilePath { places.exim.appending(name.rawValue) }

    /// The whole file; `purpose` is for the operator.
    func file(_ name: Name, _ purpose: String) -> WantedFile {
        WantedFile(path: path(name), base: nil, after: Array(text(name).utf8), purpose: purpose)
    }

    /// The log line that trustd reads. Only the first line of a connection contains the certificate: a client that names a thousand
    /// recipients must not write a megabyte. The certificate is left out if the line would not fit into Exim's buffer: Exim would lose the
    /// whole line then. Nothing in it is chosen by the client: HELO, sender and recipient are not in it.
    var attempt: String {
        LogPhrase.text + "${sha256:$tls_in_peercert} [$sender_host_address]"
            + "${if def:acl_c_trustd_seen{}{${if <{${strlen:${base64:$tls_in_peercert}}}{7000}{ ${base64:$tls_in_peercert}}}}}"
    }
}

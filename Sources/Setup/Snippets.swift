import EximControl
package import SystemPackage
import TrustCore

/// The texts that `trustctl setup` puts beside Exim's configuration. A single binary must suffice, so they are here; the files of
/// etc/exim are the same texts for the usual places, for those who set Exim up by hand, and a test holds the two together.
struct Snippets {
    var places: SetupPlaces

    /// Their names below `exim/`, in the order of a listing.
    enum Name: String, CaseIterable {
        case debianAllow = "debian/allow"
        case debianCertificates = "debian/macros_certificates"
        case debianFingerprints = "debian/macros_fingerprints"
        case debianUnknown = "debian/unknown"
        case aclCertificates = "one-file/acl_certificates"
        case aclFingerprints = "one-file/acl_fingerprints"
        case mainCertificates = "one-file/main_certificates"
        case mainFingerprints = "one-file/main_fingerprints"
    }

    func text(_ name: Name) -> String {
        switch name {
        case .debianAllow: debianAllow
        case .debianUnknown: debianUnknown
        case .debianCertificates: debianMacros(.directory)
        case .debianFingerprints: debianMacros(.fingerprint)
        case .aclCertificates: acl(.directory)
        case .aclFingerprints: acl(.fingerprint)
        case .mainCertificates: main(.directory)
        case .mainFingerprints: main(.fingerprint)
        }
    }

    /// Where it lies.
    func path(_ name: Name) -> FilePath { places.exim.appending(name.rawValue) }

    /// What trustd waits for. The certificate itself stands in the first line of each connection only: a client that names a thousand
    /// recipients must not write a megabyte. It is left out where the record would be longer than Exim's buffer, for then Exim loses
    /// the whole of it. Nothing in it is a client's own word: HELO, sender and recipient are not in it.
    var attempt: String {
        LogPhrase.text + "${sha256:$tls_in_peercert} [$sender_host_address]"
            + "${if def:acl_c_trustd_seen{}{${if <{${strlen:${base64:$tls_in_peercert}}}{7000}{ ${base64:$tls_in_peercert}}}}}"
    }
}

/// Where the texts lie, and what they name.
package struct SetupPlaces: Equatable {
    /// Beside trustd.conf.
    package var exim: FilePath = "/etc/trustd/exim"
    /// The trust list that they include; nil when Exim has its definition from another file already.
    package var list: FilePath? = "/etc/trustd/relay_from_certs"
    /// The trust directory.
    package var certificates: FilePath = "/etc/trustd/certs"
    /// Exim's own certificate, when it has none that we found.
    var ownCertificate = false

    package var certificate: FilePath { exim.appending("server.crt") }
    package var key: FilePath { exim.appending("server.key") }

    /// In Exim's configuration a path stands inside of expansions and lists.
    package static func isPlain(_ path: FilePath) -> Bool {
        path.isAbsolute
            && path.string.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || "/._-+".utf8.contains(byte)
            }
    }
}

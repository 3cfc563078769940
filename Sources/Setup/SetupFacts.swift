package import EximControl
package import Host
package import SystemPackage
import TrustCore

/// What Exim says of its configuration as it would be without setup, and what the disk says: all that the planning knows.
package struct SetupFacts {
    package var main: ResolvedPath
    /// Of the main file; on Debian it is generated, and not looked at.
    var mainBytes: [UInt8] = []
    package var library = EximAnswers.TLSLibrary.gnuTLS
    /// RELAY_FROM_CERTS, when Exim knows one.
    var listValue: ListValue?
    /// The file that defines it.
    package var definition: FilePath?
    /// acl_smtp_rcpt.
    var recipientACL: String?
    /// tls_verify_certificates.
    var verifyCertificates: String?
    /// Those of our main options that the text sets, for Exim allows each only once.
    var setOptions: Set<String> = []
    /// Without setup, by a rehearsal.
    var practice = Practice.none
    /// The trust list and the trust directory exist.
    var listExists = false
    var directoryExists = false

    /// What the configuration does with certificates already.
    enum Practice: Equatable {
        /// It knows nothing of the recipe.
        case none
        /// It logs attempts and heeds the list; the published recipe logs only what verifies.
        case works(WayOfTrust, logsStrangers: Bool)
        /// Something of it is there, and it does not work: why.
        case broken(String)
    }

    static let verify = "tls_verify_certificates"
    static let tryVerify = "tls_try_verify_hosts"
}

import EximControl
import SystemPackage
import TrustCore

/// What Exim says about its configuration as it would be without setup, and what is on the disk: all that the planning knows.
struct SetupFacts {
    /// The file that Exim reads first, without symbolic links.
    var main: FilePath
    /// The main file's; empty on Debian, where it is generated.
    var mainBytes: [UInt8] = []
    /// Debian's sources of the main file; nil when it is not Debian's generated one.
    var debian: DebianSetup?
    var library = EximAnswers.TLSLibrary.gnuTLS
    /// RELAY_FROM_CERTS, when Exim knows one.
    var listValue: ListValue?
    /// The file that defines it.
    var definition: FilePath?
    /// acl_smtp_rcpt.
    var recipientACL: String?
    /// tls_verify_certificates.
    var verifyCertificates: String?
    /// Whether it names a folder.
    var verifiesByFolder = false
    /// log_file_path, or what Exim takes instead.
    var logs: String?
    /// primary_hostname.
    var hostName: String?
    /// Which of our main options the text sets: Exim allows each only once.
    var setOptions: Set<String> = []
    /// Whether the text defines our macro of the way of trust: Exim allows it only once.
    var definesTrust = false
    /// The domain lists for which the relay takes mail from everybody, as Exim has them.
    var ownDomains = Self.usualDomains
    var practice = Practice.none
    /// Whether the trust list and the trust directory are there.
    var listExists = false
    var directoryExists = false

    /// What the configuration does with certificates, without setup, as rehearsals show.
    enum Practice: Equatable {
        /// It defines no trust list.
        case none
        /// It logs attempts and trusts what is in the list. The published recipe logs only certificates that verify.
        case works(WayOfTrust, logsStrangers: Bool)
        /// It defines a list, and does not work: why.
        case broken(String)
    }

    /// As in Exim's default configuration.
    static let usualDomains = ["local_domains", "relay_to_domains"]
    /// These, and that of cPanel and DirectAdmin.
    static let possibleDomains = usualDomains + ["relay_domains"]
    static let verify = "tls_verify_certificates"
    static let tryVerify = "tls_try_verify_hosts"

    /// tls_verify_certificates, where it is a path and no expansion.
    var verifyPlace: FilePath? {
        verifyCertificates.flatMap { $0.hasPrefix("/") && !$0.contains("$") ? FilePath($0) : nil }
    }

    /// The administrator's own tls_verify_certificates, where it is not a folder: a file of authorities, or `system`.
    var ownAuthorities: String? { setOptions.contains(Self.verify) && !verifiesByFolder ? verifyCertificates : nil }

    /// Why that does not do for clients with certificates of their own, as the rest of a sentence.
    static let whyNoAuthorities =
        "Exim names the authorities in it to each client, and a GnuTLS client (such as Debian's Exim) shows no certificate that none of them issued"

    /// The administrator's own folder of certificates, if it only serves Exim.
    var ownDirectory: FilePath? {
        guard setOptions.contains(Self.verify), verifiesByFolder, let place = verifyPlace, !place.string.hasPrefix("/etc/ssl") else {
            return nil
        }
        return place
    }
}

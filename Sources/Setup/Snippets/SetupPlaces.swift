import EximControl
import Host
package import SystemPackage
import TrustCore

/// Where the texts are, and the paths in them.
package struct SetupPlaces: Equatable {
    /// The texts: a folder beside trustd.conf.
    var exim: FilePath = "/etc/trustd/exim"
    /// The trust list that they include; nil when another file gives Exim its definition.
    var list: FilePath? = "/etc/trustd/relay_from_certs"
    /// The trust directory.
    var certificates: FilePath = "/etc/trustd/certs"
    /// With trust by a CA: its name, and its folders.
    var authority = AuthorityRules()
    /// Whether Exim gets its own certificate from setup.
    var ownCertificate = false

    static let certificateName = "server.crt"
    static let keyName = "server.key"
    var certificate: FilePath { exim.appending(Self.certificateName) }
    var key: FilePath { exim.appending(Self.keyName) }

    /// The trust directory as Exim is told of it. With the slash an Exim with GnuTLS watches the folder itself, and knows a new certificate
    /// within five seconds; without it, it watches the folder above.
    var directoryValue: String { "\(certificates)/" }

    /// Whether the path may be written into expansions and lists of Exim's configuration as it is.
    package static func isPlain(_ path: FilePath) -> Bool {
        ListForm.isPlain(path)
    }
}

extension SetupPlaces {
    /// Those of `host`. Throws when one of them cannot be written into Exim's configuration.
    init(_ facts: SetupFacts, on host: RelayPlan.Host) throws(Failure) {
        exim = host.settings.removingLastComponent().appending("exim")
        list = facts.listValue == nil ? host.files.resolved(host.configuration.list) : nil
        if let rules = host.authority?.rules {
            authority = rules
            certificates = rules.folder
        } else {
            certificates = facts.ownDirectory ?? host.configuration.certificates
        }
        for path in [exim, certificates] + (list.map { [$0] } ?? []) { try Self.requirePlain(path) }
    }

    /// Throws when the path cannot be written into Exim's configuration as it is.
    static func requirePlain(_ path: FilePath) throws(Failure) {
        guard !isPlain(path) else { return }
        throw Failure(
            "\(path) cannot be written into Exim's configuration", .notSound, hint: "use a path of letters, digits, . _ - + and /")
    }
}

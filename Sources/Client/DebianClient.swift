package import EximControl
package import Setup
package import SystemPackage
import TrustCore

/// Plans the client's macros for Debian's generated configuration, in which the smarthost's transport is prepared for them.
///
/// No packaged file is edited. Where the configuration is split, one more file follows the transport's own and so goes on with it: the
/// fingerprint is compared there, for which Debian has no macro. Where it is not split, the pin is the file alone, which binds the GnuTLS
/// builds that Debian makes, and them only.
package struct DebianClient {
    package let snippets: ClientSnippets
    package let isSplit: Bool
    /// The client's folder.
    package let folder: FilePath

    package static let transport = "remote_smtp_smarthost"
    package static let typeMacro = "DC_eximconfig_configtype"
    package static let hostMacro = "DCsmarthost"
    static let splitMacros = DebianConfiguration.sources.appending("conf.d/main/00_trustd-client")
    static let splitTransport = DebianConfiguration.sources.appending("conf.d/transport/30_exim4-config_remote_smtp_smarthost_trustd")
    package static let localMacros = DebianConfiguration.sources.appending("exim4.conf.localmacros")

    private var macrosFile: FilePath { folder.appending("exim_macros") }

    package func plan(localMacros: [UInt8]?) -> [WantedFile] {
        let include = "# The relay that this host trusts (trustctl client setup).\n.include \(macrosFile)\n"
        var files = [
            WantedFile(
                path: macrosFile, base: nil, after: Array(macros.utf8),
                purpose: "requires TLS and the pinned relay, and shows our certificate")
        ]
        if isSplit {
            files.append(
                WantedFile(
                    path: Self.splitTransport, base: nil, after: Array(transport.utf8),
                    purpose: "compares the relay's fingerprint, at the end of Debian's transport \(Self.transport)"))
            // Behind 000_localmacros, which may end in a backslash: a blank line ends what that one continues.
            files.append(
                WantedFile(
                    path: Self.splitMacros, base: nil, after: Array(("\n" + include).utf8),
                    purpose: "brings these macros into Exim's configuration"))
        } else {
            files.append(
                WantedFile(
                    path: Self.localMacros, base: localMacros, after: OwnBlock.appended(include, to: localMacros ?? []),
                    purpose: "brings these macros into Exim's configuration", blocks: [include]))
        }
        return files
    }

    private var macros: String {
        """
        # Written by `trustctl client setup` for \(snippets.relay); `trustctl client setup --remove` takes it away.
        # Without TLS, or with another certificate, the relay gets no mail: it waits in the queue.
        REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS = *
        REMOTE_SMTP_SMARTHOST_TLS_VERIFY_HOSTS = *
        REMOTE_SMTP_SMARTHOST_TLS_VERIFY_CERTIFICATES = \(snippets.pin)
        REMOTE_SMTP_SMARTHOST_TLS_CERTIFICATE = \(snippets.certificate)
        REMOTE_SMTP_SMARTHOST_PRIVATEKEY = \(snippets.key)
        \(snippets.implicit ? "REMOTE_SMTP_SMARTHOST_PROTOCOL = smtps\n" : "")
        """
    }

    private var transport: String {
        """
        # Written by `trustctl client setup`. Goes on with the transport \(Self.transport), the file before this one.
          # The pin: the relay's own certificate must be this one, whoever has issued another.
          event_action = \(snippets.eventAction)
        \(snippets.bearsName ? "" : withoutName)
        """
    }

    private var withoutName: String {
        "  # The pinned certificate bears another name than the host has here.\n  tls_verify_cert_hostnames =\n"
    }

    /// What `exim -bP transport remote_smtp_smarthost` must say, for the mail to be as safe as was meant.
    package var expected: [String: String] {
        var options = [
            "hosts_require_tls": "*", "tls_verify_hosts": "*", "tls_verify_certificates": snippets.pin.string,
            "tls_certificate": snippets.certificate.string, "tls_privatekey": snippets.key.string,
            "protocol": snippets.implicit ? "smtps" : "smtp",
        ]
        if isSplit { options["event_action"] = snippets.eventAction }
        if isSplit, !snippets.bearsName { options["tls_verify_cert_hostnames"] = "" }
        return options
    }

    /// Throws what keeps this host from sending its mail to the relay by way of that transport.
    package func check(type: String?, host: String?, library: EximAnswers.TLSLibrary) throws(ByHand) {
        let again = "trustctl client setup \(snippets.relay)"
        let wanted = "\(snippets.relay.host)::\(snippets.relay.port)"
        let usual = snippets.implicit ? 465 : 25
        let isMeant = host == wanted || (snippets.relay.port == usual && host == snippets.relay.host)
        guard ["smarthost", "satellite"].contains(type ?? ""), isMeant else {
            let file = DebianConfiguration.sources.appending("update-exim4.conf.conf")
            let kind = type == "satellite" ? "satellite" : "smarthost"
            throw ByHand(
                reason: "this host's mail does not go to \(snippets.relay): its configuration is of the type “\(Printable(type ?? "none"))”"
                    + (host.map { $0.isEmpty ? "" : ", its smarthost “\(Printable($0, limit: 120))”" } ?? ""),
                commands: [
                    "sed -i -e \"s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='\(kind)'/\""
                        + " -e \"s/^dc_smarthost=.*/dc_smarthost='\(wanted)'/\" \(file)"
                ], afterwards: ["update-exim4.conf", again])
        }
        if !isSplit, library != .gnuTLS {
            throw ByHand(
                reason: "this exim takes the system's authorities besides the pinned file, and only a split configuration has a place to"
                    + " compare the fingerprint", commands: [split], afterwards: ["update-exim4.conf", again])
        }
        if !isSplit, !snippets.bearsName {
            throw ByHand(
                reason:
                    "the pinned certificate does not bear the name \(snippets.relay.host), and only a split configuration has a place to"
                    + " leave the name out", commands: [split], afterwards: ["update-exim4.conf", again])
        }
    }

    private var split: String {
        "sed -i \"s/^dc_use_split_config=.*/dc_use_split_config='true'/\" \(DebianConfiguration.sources)/update-exim4.conf.conf"
    }
}

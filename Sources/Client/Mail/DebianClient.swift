import EximControl
import Host
import Setup
import SystemPackage
import TrustCore

/// Plans the client's macros for Debian's generated configuration, whose smarthost transport reads them.
///
/// No packaged file is edited. In a split configuration one more file follows the transport's own and so continues it: it compares the
/// fingerprint, for which Debian has no macro. In an unsplit one the pin is only the file with the certificate, which binds GnuTLS builds such
/// as Debian's, but no OpenSSL build.
struct DebianClient {
    let snippets: ClientSnippets
    let settings: SmarthostSettings
    /// The client's folder, in which the macros are.
    let folder: FilePath

    static let transport = "remote_smtp_smarthost"
    static let typeMacro = "DC_eximconfig_configtype"
    static let hostMacro = "DCsmarthost"
    static let splitMacros = DebianConfiguration.sources.appending("conf.d/main/00_trustd-client")
    static let splitTransport = DebianConfiguration.sources.appending("conf.d/transport/30_exim4-config_remote_smtp_smarthost_trustd")
    static let localMacros = DebianConfiguration.sources.appending("exim4.conf.localmacros")

    private var isSplit: Bool { settings.isSplit }

    private var macrosFile: FilePath { folder.appending("exim_macros") }

    func plan(_ base: (FilePath) throws(Failure) -> [UInt8]?) throws(Failure) -> [WantedFile] {
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
            // It is read after 000_localmacros, which may end in a backslash: a blank line ends what that continues.
            files.append(
                WantedFile(
                    path: Self.splitMacros, base: nil, after: Array(("\n" + include).utf8),
                    purpose: "brings these macros into Exim's configuration"))
        } else {
            let localMacros = try base(Self.localMacros)
            files.append(
                WantedFile(
                    path: Self.localMacros, base: localMacros, after: OwnBlock.appended(include, to: localMacros ?? []),
                    purpose: "brings these macros into Exim's configuration", blocks: [include]))
        }
        // Last: mail must not go to the relay before the pin is there.
        if let changed = settings.wanted(try base(SmarthostSettings.file)) { files.append(changed) }
        return files
    }

    private var macros: String {
        """
        # Written by `trustctl client setup` for \(snippets.relay); `trustctl client setup --remove` removes it.
        # Without TLS, or if the relay has another certificate, mail waits in the queue.
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
        # Written by `trustctl client setup`. Continues the transport \(Self.transport) of the file before this one.
          # The pin: only this certificate is accepted, whoever has issued another.
          event_action = \(snippets.eventAction)
        \(snippets.bearsName ? "" : withoutName)
        """
    }

    private var withoutName: String {
        "  # The pinned certificate does not contain the host name used here.\n  tls_verify_cert_hostnames =\n"
    }

    /// What `exim -bP transport remote_smtp_smarthost` must print for the mail to be sent to the pinned relay only.
    var expected: [String: String] {
        var options = [
            "hosts_require_tls": "*", "tls_verify_hosts": "*", "tls_verify_certificates": snippets.pin.string,
            "tls_certificate": snippets.certificate.string, "tls_privatekey": snippets.key.string,
            "protocol": snippets.implicit ? "smtps" : "smtp",
        ]
        if isSplit { options["event_action"] = snippets.eventAction }
        if isSplit, !snippets.bearsName { options["tls_verify_cert_hostnames"] = "" }
        return options
    }
}

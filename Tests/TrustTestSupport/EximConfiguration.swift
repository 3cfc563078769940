/// The text of a one-file Exim configuration like the published recipe's, with all files in one folder.
package struct EximConfiguration: Sendable {
    /// The RCPT ACL's statements for certificates.
    package enum Rules: Sendable, CaseIterable {
        /// The two statements of the published recipe, verbatim.
        case published
        /// etc/exim/one-file/acl_certificates.
        case certificates
        /// etc/exim/one-file/acl_fingerprints.
        case fingerprints
        /// etc/exim/one-file/acl_ca, with the CA whose name it gives as an example (`RelayScene.authority`).
        case authority
    }

    /// Where RELAY_FROM_CERTS is defined.
    package enum List: Sendable, CaseIterable {
        /// In a file of its own that the main configuration includes.
        case included
        /// In the main configuration itself.
        case inside
    }

    package var rules = Rules.fingerprints
    package var list = List.included
    /// Whether Exim is the one with OpenSSL (`OpenSSLExim`).
    package var hasOpenSSL = false
    /// The program that the daemon executes again at a reload.
    package var eximPath = PrivateExim.binary
    /// More lines of the main section, before and after the list.
    package var before = ""
    package var after = ""
    /// The hashes in the list at the start, as written there.
    package var hashes = ""

    package init() {}

    package func text(in folder: SceneFolder, port: Int) -> String {
        """
        # A private Exim for one test.
        primary_hostname = relay.example
        exim_path = \(eximPath)
        \(PrivateExim.ownLines(in: "\(folder.path)", port: port))
        smtp_accept_max_per_connection = 100
        domainlist local_domains = relay.example
        domainlist relay_to_domains =
        tls_advertise_hosts = *
        tls_certificate = \(folder("server.pem"))
        tls_privatekey = \(folder("server.key"))
        \(before)
        \(mainSection(in: folder))
        \(after)
        acl_smtp_rcpt = acl_check_rcpt

        begin acl

        acl_check_rcpt:
        \(statements(in: folder))
          require message = relay not permitted
                  domains = +local_domains : +relay_to_domains
          accept

        \(PrivateExim.inbox(in: "\(folder.path)"))
        """
    }

    private func mainSection(in folder: SceneFolder) -> String {
        switch (rules, list) {
        case (.published, .included):
            """
            tls_verify_certificates = \(folder("etc/certs"))
            tls_try_verify_hosts = *
            .include \(folder("etc/relay_from_certs"))
            """
        case (.authority, .inside):
            """
            \((try? folder.read("etc/exim/one-file/main_ca"))?.replacing(".include", with: "#") ?? "")
            RELAY_FROM_CERTS = \(hashes)
            """
        case (_, .inside):
            """
            tls_verify_certificates = \(folder("etc/certs"))
            tls_try_verify_hosts = *
            # A white-list of certificates which we will allow for relay
            RELAY_FROM_CERTS = \(hashes)
            """
        case (.certificates, .included): ".include \(folder("etc/exim/one-file/main_certificates"))"
        case (.fingerprints, .included): ".include \(folder("etc/exim/one-file/main_fingerprints"))"
        case (.authority, .included): ".include \(folder("etc/exim/one-file/main_ca"))"
        }
    }

    private func statements(in folder: SceneFolder) -> String {
        switch rules {
        case .published:
            """
              accept  verify    = certificate
                      condition = ${if inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                      control   = submission
                      control   = dkim_disable_verify
              warn    verify    = certificate
                      condition = ${if !inlist{${sha256:$tls_in_peercert}}{RELAY_FROM_CERTS}}
                      logwrite  = Attempt to relay from a certificate which has not been explicitly allowed: ${sha256:$tls_in_peercert}
            """
        case .certificates: ".include \(folder("etc/exim/one-file/acl_certificates"))"
        case .fingerprints: ".include \(folder("etc/exim/one-file/acl_fingerprints"))"
        case .authority: ".include \(folder("etc/exim/one-file/acl_ca"))"
        }
    }
}

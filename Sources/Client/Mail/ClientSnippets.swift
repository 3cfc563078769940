package import Certificates
package import SystemPackage
import TrustCore

/// What a mail program must be configured with so that it and its relay trust each other.
package struct ClientSnippets {
    package let relay: RelayName
    let implicit: Bool
    package let pinned: Certificate
    let key: FilePath
    let certificate: FilePath
    /// The file with the relay's certificate.
    let pin: FilePath

    package init(relay: RelayName, implicit: Bool, pinned: Certificate, key: FilePath, certificate: FilePath, pin: FilePath) {
        self.relay = relay
        self.implicit = implicit
        self.pinned = pinned
        self.key = key
        self.certificate = certificate
        self.pin = pin
    }

    package enum MailProgram: String, CaseIterable {
        case exim, postfix, msmtp, opensmtpd, swaks
    }

    package func text(for program: MailProgram) -> String {
        switch program {
        case .exim: eximRouter + "\n" + eximTransport
        case .postfix: postfix
        case .msmtp: msmtp
        case .opensmtpd: opensmtpd
        case .swaks: swaks
        }
    }

    /// Whether the mail program may check the name as well as the pin.
    var bearsName: Bool { pinned.bears(relay.host) }

    /// Compares the fingerprint. The file alone does not pin the relay: OpenSSL builds of Exim accept the system's CAs as well. `tls:cert`
    /// comes once for each certificate of the chain; 0 is the relay's own.
    var eventAction: String {
        "${if and{{eq{tls:cert}{$event_name}}{eq{0}{$event_data}}}{${if eq{${sha256:$tls_out_peercert}}{\(pinned.fingerprint)}"
            + "{}{not the pinned certificate}}}}"
    }

    private var eximRouter: String {
        """
        # Before the router that looks up other hosts.
        trustd_relay:
          driver = manualroute
          domains = ! +local_domains
          transport = trustd_relay
          route_list = * "\(relay.isAddress ? relay.host.replacing(":", with: "::") : relay.host)" byname
          no_more

        """
    }

    private var eximTransport: String {
        """
        # Anywhere among the transports. Without TLS, or with any other certificate, the mail waits in the queue.
        trustd_relay:
          driver = smtp
          port = \(relay.port)
        \(implicit ? "  protocol = smtps\n" : "")\
          multi_domain
          hosts_require_tls = *
          tls_verify_hosts = *
          tls_verify_certificates = \(pin)
        \(bearsName ? "" : "  tls_verify_cert_hostnames =\n")\
          event_action = \(eventAction)
          tls_certificate = \(certificate)
          tls_privatekey = \(key)

        """
    }

    private var postfix: String {
        """
        # For /etc/postfix/main.cf. Postfix compares the fingerprint itself and needs no CA.
        relayhost = [\(relay.isAddress && relay.host.contains(":") ? "ipv6:" : "")\(relay.host)]:\(relay.port)
        smtp_tls_security_level = fingerprint
        smtp_tls_fingerprint_digest = sha256
        smtp_tls_fingerprint_cert_match = \(colons)
        smtp_tls_cert_file = \(certificate)
        smtp_tls_key_file = \(key)
        # Where this names files, Postfix ignores the two lines above.
        smtp_tls_chain_files =
        \(implicit ? "smtp_tls_wrappermode = yes\n" : "")
        """
    }

    private var msmtp: String {
        """
        # For ~/.msmtprc. msmtp compares the fingerprint itself and needs no CA.
        account relay
        host \(relay.host)
        port \(relay.port)
        tls on
        tls_starttls \(implicit ? "off" : "on")
        tls_fingerprint \(colons)
        tls_cert_file \(certificate)
        tls_key_file \(key)
        auth off
        account default : relay

        """
    }

    private var opensmtpd: String {
        var notes = [
            "# For /etc/smtpd.conf. OpenSMTPD compares no fingerprint: it accepts a certificate that verifies against this file and has the name."
        ]
        if !bearsName {
            notes.append("# The relay's certificate does not contain the name \(relay.host): this will not work until it does.")
        }
        if !pinned.selfSigned {
            notes.append("# The relay's certificate was issued by a CA: name the file of the CA's certificate here instead.")
        }
        return """
            \(notes.joined(separator: "\n"))
            pki trustd_client cert "\(certificate)"
            pki trustd_client key "\(key)"
            ca trustd_relay cert "\(pin)"
            action "relay" relay host \(implicit ? "smtps" : "smtp+tls")://\(relay) pki trustd_client ca trustd_relay
            match from local for any action "relay"

            """
    }

    private var swaks: String {
        """
        # Sends one message by hand; verifies against the relay's certificate only, and does not check the name.
        swaks --server \(relay.host) --port \(relay.port) \(implicit ? "--tls-on-connect" : "--tls") --tls-verify \\
            --tls-ca-path \(pin) \\
            --tls-cert \(certificate) --tls-key \(key) \\
            --from you@example.org --to somebody@example.net

        """
    }

    /// The fingerprint as openssl(1) and most programs write it.
    private var colons: String { pinned.fingerprint.inPairs }
}

package import Certificates
package import SystemPackage
import TrustCore

/// What a mail program has to be told to trust its relay and to be trusted by it.
package struct ClientSnippets {
    package let relay: RelayName
    let implicit: Bool
    package let pinned: Certificate
    package let key: FilePath
    package let certificate: FilePath
    /// The file with the relay's certificate.
    package let pin: FilePath

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

    /// Whether the name check may stay on beside the pin.
    var bearsName: Bool { pinned.bears(relay.host) }

    /// The comparison itself. A file alone is no pin: OpenSSL builds of Exim add the system's authorities to it. `tls:cert` comes once for
    /// each certificate of the chain; 0 is the relay's own.
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
        # Any place among the transports. Without TLS, with another certificate, or with none: the mail waits.
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
        # For /etc/postfix/main.cf. Postfix compares the fingerprint itself, and needs no authority.
        relayhost = [\(relay.isAddress && relay.host.contains(":") ? "ipv6:" : "")\(relay.host)]:\(relay.port)
        smtp_tls_security_level = fingerprint
        smtp_tls_fingerprint_digest = sha256
        smtp_tls_fingerprint_cert_match = \(colons)
        smtp_tls_cert_file = \(certificate)
        smtp_tls_key_file = \(key)
        \(implicit ? "smtp_tls_wrappermode = yes\n" : "")
        """
    }

    private var msmtp: String {
        """
        # For ~/.msmtprc. msmtp compares the fingerprint itself, and needs no authority.
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
            "# For /etc/smtpd.conf. OpenSMTPD compares no fingerprint: it takes what verifies against this file alone, and bears the name."
        ]
        if !bearsName { notes.append("# The relay's certificate does not bear the name \(relay.host): this will not work until it does.") }
        if !pinned.selfSigned {
            notes.append("# Another one has issued the relay's certificate: put that one's file in the place of this one.")
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
        # One message by hand; verifies against the relay's certificate alone, and compares no name.
        swaks --server \(relay.host) --port \(relay.port) \(implicit ? "--tls-on-connect" : "--tls") --tls-verify \\
            --tls-ca-path \(pin) \\
            --tls-cert \(certificate) --tls-key \(key) \\
            --from you@example.org --to somebody@example.net

        """
    }

    /// As openssl(1) and most programs write a fingerprint.
    private var colons: String {
        let digits = Array(pinned.fingerprint.description)
        return stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<$0 + 2]) }.joined(separator: ":")
    }
}

extension Certificate {
    /// Whether a TLS library that checks names finds this one in it. Where that is not sure the answer is no: the check is then left out,
    /// and the fingerprint decides alone.
    func bears(_ host: String) -> Bool {
        let host = host.lowercased()
        if let address = Address(host) {
            return subjectAlternativeNames.contains { $0.hasPrefix("IP:") && Address($0.dropFirst(3)) == address }
        }
        let names = subjectAlternativeNames.filter { $0.hasPrefix("DNS:") }.map { $0.dropFirst(4).lowercased() }
        if names.isEmpty { return subject.lowercased() == "cn=\(host)" }
        return names.contains(host) || host.firstIndex(of: ".").map { names.contains("*" + host[$0...]) } ?? false
    }
}

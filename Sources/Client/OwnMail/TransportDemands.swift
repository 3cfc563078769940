import Certificates
import EximControl
import SystemPackage
import TrustCore

/// What a transport of Exim demands of the relay, and what it shows. It judges; `EximMail` asks.
struct TransportDemands {
    let client: OwnClient
    let route: EximRoute
    let host: EximRoute.Host?
    /// As Exim prints them, with expansions done.
    let options: [String: String]
    let library: EximAnswers.TLSLibrary
    let anchors: Anchors
    let comparison: Comparison
    /// What Exim's user cannot read of the files that the transport names.
    let unreadable: [SystemError]

    /// Whom `tls_verify_certificates` makes Exim trust.
    enum Anchors {
        case system
        case certificates([UInt8])
        case missing
    }

    /// What `event_action` does with the relay's fingerprint, by Exim's own expansion.
    enum Comparison {
        /// It lets the pinned certificate pass, and no other.
        case demandsPinned
        case refusesPinned
        case none
    }

    private var transport: String { "exim's transport \(Printable(route.transport, limit: 80))" }
    private var relay: RelayName { client.relay }

    var verdict: MailVerdict {
        var verdict = judged
        verdict.route =
            "router \(Printable(route.router, limit: 80)), transport \(Printable(route.transport, limit: 80))"
            + (host.map { ", host \(Printable("\($0)", limit: 120))" } ?? "")
        return verdict
    }

    private var judged: MailVerdict {
        if library == .none {
            return MailVerdict("exim", .relayNotVerifiable, "this host's exim is built without TLS", mend: "install one with TLS")
        }
        if let fault = encryption ?? binding { return fault }
        return verification ?? identity
            ?? MailVerdict("exim", .usesPin, "this host's exim sends mail to \(relay) only if it is the pinned relay")
    }

    private func pinNotUsed(_ why: String, mend: String? = nil) -> MailVerdict {
        MailVerdict("exim", .pinNotUsed, "this host's mail does not use the pin: \(why)", mend: mend ?? "`\(client.setup)`")
    }

    private func cannotVerify(_ why: String, mend: String) -> MailVerdict {
        MailVerdict("exim", .relayNotVerifiable, "this host's exim cannot verify \(relay), and mail waits: \(why)", mend: mend)
    }

    /// Whether a list of hosts surely holds this one. The first item that matches counts, and an item before `*` may exclude the relay
    /// (`! relay.example : *`). A name in such a list may one day not resolve, and then Exim goes on without TLS.
    private func covers(_ option: String) -> Bool {
        let value = options[option] ?? ""
        return value.split(separator: ":").first?.trimmed == "*" || host?.address == value
    }

    private var encryption: MailVerdict? {
        if !covers("hosts_require_tls") || options["hosts_avoid_tls"]?.isEmpty == false {
            return pinNotUsed("\(transport) does not require TLS")
        }
        if client.implicit != (options["protocol"] == "smtps") {
            return pinNotUsed(
                "\(transport) \(client.implicit ? "begins in plain text, and the relay with TLS" : "begins with TLS, and the relay in plain text")"
            )
        }
        if !covers("tls_verify_hosts") { return pinNotUsed("\(transport) delivers even if it cannot verify the relay") }
        return nil
    }

    private var binding: MailVerdict? {
        if case .refusesPinned = comparison { return pinNotUsed("\(transport) compares the relay with another fingerprint") }
        if case .missing = anchors {
            return pinNotUsed("\(transport) verifies against \(Printable(options["tls_verify_certificates"] ?? "")), which is not there")
        }
        if case .demandsPinned = comparison { return nil }
        guard library == .gnuTLS, case .certificates(let bytes) = anchors else {
            return pinNotUsed("\(transport) also takes what the system's authorities have issued")
        }
        let trusted = Set(Certificate.fingerprints(inPEM: bytes))
        if trusted == [client.pinned.fingerprint] { return nil }
        return pinNotUsed(
            "\(transport) trusts \(trusted.contains(client.pinned.fingerprint) ? "other certificates as well" : "another certificate")")
    }

    private var verification: MailVerdict? {
        let pinned = client.pinned
        if let error = unreadable.first(where: { $0.path.string == options["tls_verify_certificates"] }) {
            return cannotVerify("its user cannot read the pin: \(error)", mend: "`chmod a+r \(error.path)`")
        }
        if pinned.notBefore > .now {
            return cannotVerify("the pinned certificate is not valid before \(pinned.notBefore)", mend: "wait, or set this host's clock")
        }
        if let host, options["tls_verify_cert_hostnames"]?.isEmpty == false, !pinned.bears(host.name) {
            return cannotVerify(
                "the pinned certificate does not contain the name \(Printable(host.name, limit: 120)), and \(transport) asks for it",
                mend: "`\(client.setup)`")
        }
        var bytes: [UInt8] = []
        if case .certificates(let found) = anchors { bytes = found }
        // GnuTLS takes every certificate that it is given for an anchor.
        if library == .gnuTLS, Certificate.fingerprints(inPEM: bytes).contains(pinned.fingerprint) {
            if pinned.key.isUsableWithGnuTLS { return nil }
            return cannotVerify(
                "GnuTLS does not know the relay's kind of key, \(Printable("\(pinned.key)", limit: 80))",
                mend: "its operator gives it a certificate with a usual key, such as P-256")
        }
        guard let problem = ClientVerification.problem(of: pinned, chain: client.chain, anchors: bytes) else { return nil }
        return cannotVerify(
            (pinned.selfSigned
                ? "" : "“\(Printable(pinned.issuer, limit: 120))” has issued its certificate, and this host does not know it; ")
                + "\(library.rawValue) says “\(problem)”",
            mend: pinned.selfSigned
                ? "`\(client.setup)`"
                : "put the certificate of that authority into /usr/local/share/ca-certificates and run `update-ca-certificates`, or"
                    + " the relay gets a self-signed certificate, such as `trustctl setup` makes")
    }

    private var identity: MailVerdict? {
        let file = options["tls_certificate"] ?? ""
        if file.isEmpty { return pinNotUsed("\(transport) shows the relay no certificate") }
        if !client.answers(for: file) { return nil }
        if let difference = client.difference(of: FilePath(file)) {
            return pinNotUsed("\(transport) shows \(Printable(file, limit: 200)), which \(difference)")
        }
        let key = options["tls_privatekey"].flatMap { $0.isEmpty ? nil : $0 } ?? file
        if let fault = client.keyFault(of: FilePath(key)) {
            return pinNotUsed("\(transport) signs with \(Printable(key, limit: 200)), which \(fault)")
        }
        if let error = unreadable.first {
            return pinNotUsed("exim's user cannot read \(error.path)", mend: "`\(client.setup)` says which group must be able to")
        }
        if library == .gnuTLS, !client.own.key.isUsableWithGnuTLS {
            return MailVerdict(
                "exim", .ownCertificateNeverAccepted,
                "this certificate can never be accepted by \(relay): exim with GnuTLS cannot show one with a key of the kind"
                    + " \(Printable("\(client.own.key)", limit: 80))", mend: "`trustctl client renew` makes one with a usual key")
        }
        return nil
    }
}

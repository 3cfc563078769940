import Certificates
import Host
import SystemPackage
import TrustCore

/// Asks this host's Postfix what it would do with mail for the relay (postconf(1)).
struct PostfixMail {
    let client: OwnClient
    /// By the names of main.cf, as Postfix expands them.
    let values: [String: String]

    private static let places: [FilePath] = ["/usr/sbin/postconf", "/usr/local/sbin/postconf"]
    private static let names = [
        "relayhost", "transport_maps", "smtp_tls_security_level", "smtp_tls_policy_maps", "smtp_tls_fingerprint_digest",
        "smtp_tls_fingerprint_cert_match", "smtp_tls_cert_file", "smtp_tls_key_file", "smtp_tls_chain_files", "smtp_tls_eccert_file",
        "smtp_tls_wrappermode",
    ]

    init(_ client: OwnClient, values: [String: String]) { (self.client, self.values) = (client, values) }

    /// Nil when there is no Postfix, or it does not answer.
    init?(_ client: OwnClient) {
        guard let place = Self.places.first(where: { LocalFileSystem().exists($0) }),
            let answer = try? Program(place, ["-x"] + Self.names).run(), answer.status == 0
        else { return nil }
        var values: [String: String] = [:]
        for line in String(decoding: answer.output, as: UTF8.self).split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[String(line[..<equals].trimmed)] = String(line[line.index(after: equals)...].trimmed)
        }
        self.init(client, values: values)
    }

    private func value(_ name: String) -> String { values[name] ?? "" }

    private var goesToRelay: Bool {
        guard var text = values["relayhost"], !text.isEmpty else { return false }
        text = text.replacing("ipv6:", with: "").replacing("]:", with: ":").replacing("[", with: "").replacing("]", with: "")
        let relay = client.relay
        let names = ["\(relay.host):\(relay.port)"] + (relay.port == RelayName.usualPort ? [relay.host, "\(relay.host):smtp"] : [])
        return names.contains(text.lowercased())
    }

    private var chainFiles: [FilePath] {
        value("smtp_tls_chain_files").split { $0 == "," || $0 == " " || $0 == "\t" }.map { FilePath(String($0)) }
    }

    private var certificateFile: String { value("smtp_tls_cert_file") }

    var verdict: MailVerdict {
        let matches = value("smtp_tls_fingerprint_cert_match").uppercased()
        let isMeant =
            matches.contains(colons) || certificateFile == client.folder.identities.certificate.string
            || chainFiles.contains(client.folder.identities.certificate)
        guard goesToRelay else {
            let place = "its relayhost is “\(Printable(value("relayhost"), limit: 120))”"
            return isMeant
                ? pinNotUsed("it does not go to \(client.relay): \(place)")
                : MailVerdict("postfix", .elsewhere, "this host's mail does not go to \(client.relay): \(place)")
        }
        var verdict =
            fault(matches)
            ?? MailVerdict("postfix", .usesPin, "this host's postfix sends mail to \(client.relay) only if it is the pinned relay")
        verdict.route = "relayhost \(Printable(value("relayhost"), limit: 120))"
        for name in ["transport_maps", "smtp_tls_policy_maps"] where !value(name).isEmpty {
            verdict.warnings.append("postfix has \(name), which may send some mail elsewhere or without the pin, and was not examined")
        }
        if !value("smtp_tls_eccert_file").isEmpty {
            verdict.warnings.append("postfix has smtp_tls_eccert_file, and shows either certificate: the relay must approve both")
        }
        return verdict
    }

    private func pinNotUsed(_ why: String, mend: String? = nil) -> MailVerdict {
        MailVerdict(
            "postfix", .pinNotUsed, "this host's mail does not use the pin: \(why)",
            mend: mend ?? "`\(client.setup) --for postfix` says what main.cf must have")
    }

    /// As Postfix writes fingerprints.
    private var colons: String { client.pinned.fingerprint.inPairs }

    private func fault(_ matches: String) -> MailVerdict? {
        let level = value("smtp_tls_security_level")
        if level != "fingerprint" { return pinNotUsed("postfix has smtp_tls_security_level = \(Printable(level, limit: 40))") }
        if value("smtp_tls_fingerprint_digest") != "sha256" {
            return pinNotUsed("postfix has smtp_tls_fingerprint_digest = \(Printable(value("smtp_tls_fingerprint_digest"), limit: 40))")
        }
        let pins = matches.split { $0 == "|" || $0 == "," || $0 == " " || $0 == "\t" }
        if pins.map(String.init) != [colons] { return pinNotUsed("postfix compares the relay with another fingerprint, or with several") }
        if client.implicit != (value("smtp_tls_wrappermode") == "yes") {
            return pinNotUsed("postfix has smtp_tls_wrappermode = \(Printable(value("smtp_tls_wrappermode"), limit: 40))")
        }
        if !chainFiles.isEmpty {
            if chainFiles.contains(where: { client.difference(of: $0) == nil }) { return nil }
            return pinNotUsed(
                "postfix has smtp_tls_chain_files, and so ignores smtp_tls_cert_file and smtp_tls_key_file without a word",
                mend: "`postconf -e smtp_tls_chain_files=`, then reload postfix")
        }
        if certificateFile.isEmpty { return pinNotUsed("postfix shows the relay no certificate") }
        if let difference = client.difference(of: FilePath(certificateFile)) {
            return pinNotUsed("postfix shows \(Printable(certificateFile, limit: 200)), which \(difference)")
        }
        return nil
    }
}

extension Fingerprint {
    /// `AB:CD:…`, as openssl(1) and most programs write it.
    var inPairs: String {
        let digits = Array(description)
        return stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<$0 + 2]) }.joined(separator: ":")
    }
}

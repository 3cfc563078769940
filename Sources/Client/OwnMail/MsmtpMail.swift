import Certificates
import Glibc
import Host
import SystemPackage
import TrustCore

/// Asks msmtp what it would do with a message of this user (`msmtp --pretend`).
struct MsmtpMail {
    let client: OwnClient
    /// As msmtp names them.
    let values: [String: String]

    private static let places: [FilePath] = ["/usr/bin/msmtp", "/usr/local/bin/msmtp"]
    private static let absent = "(not set)"

    init(_ client: OwnClient, values: [String: String]) { (self.client, self.values) = (client, values) }

    /// Nil when there is no msmtp, or this user has no account in it.
    init?(_ client: OwnClient, recipient: String) {
        // It reads the user's file, so it must know whose.
        let home = getenv("HOME").map { String(cString: $0) } ?? "/"
        guard let place = Self.places.first(where: { LocalFileSystem().exists($0) }),
            let answer = try? Program("/usr/bin/env", ["HOME=\(home)", place.string, "--pretend", "--", recipient]).run(),
            answer.status == 0
        else { return nil }
        var values: [String: String] = [:]
        for line in String(decoding: answer.output, as: UTF8.self).split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = line[line.index(after: equals)...].trimmed
            values[String(line[..<equals].trimmed)] = value == Self.absent ? "" : String(value)
        }
        self.init(client, values: values)
    }

    private func value(_ name: String) -> String { values[name] ?? "" }

    var verdict: MailVerdict {
        let place = "\(value("host")):\(value("port"))"
        guard value("host").lowercased() == client.relay.host, value("port") == "\(client.relay.port)" else {
            return MailVerdict(
                "msmtp", .elsewhere, "msmtp's mail does not go to \(client.relay): it goes to \(Printable(place, limit: 120))")
        }
        var verdict = fault ?? MailVerdict("msmtp", .usesPin, "msmtp sends mail to \(client.relay) only if it is the pinned relay")
        verdict.route = "host \(Printable(place, limit: 120))"
        return verdict
    }

    private func pinNotUsed(_ why: String) -> MailVerdict {
        MailVerdict(
            "msmtp", .pinNotUsed, "this host's mail does not use the pin: \(why)",
            mend: "`\(client.setup) --for msmtp` says what its file must have")
    }

    private var fault: MailVerdict? {
        if value("tls") != "on" { return pinNotUsed("msmtp does not use TLS") }
        if client.implicit == (value("tls_starttls") == "on") {
            return pinNotUsed("msmtp has tls_starttls \(Printable(value("tls_starttls"), limit: 20))")
        }
        if value("tls_certcheck") == "off" { return pinNotUsed("msmtp has tls_certcheck off") }
        if value("tls_fingerprint").isEmpty { return pinNotUsed("msmtp compares no fingerprint") }
        if value("tls_fingerprint").uppercased() != client.pinned.fingerprint.inPairs {
            return pinNotUsed("msmtp compares the relay with another fingerprint")
        }
        if value("tls_cert_file").isEmpty { return pinNotUsed("msmtp shows the relay no certificate") }
        if let difference = client.difference(of: FilePath(value("tls_cert_file"))) {
            return pinNotUsed("msmtp shows \(Printable(value("tls_cert_file"), limit: 200)), which \(difference)")
        }
        return nil
    }
}

import Certificates
import EximControl
import Glibc
import Host
import SystemPackage
import TrustCore

/// Asks this host's Exim where a message to a foreign recipient goes, and what its transport demands there.
struct EximMail {
    let exim: EximProgram
    let client: OwnClient
    /// A recipient that is not local.
    let recipient: String
    /// For each question whose answer may need name servers.
    let timeLimit: Duration

    var verdict: MailVerdict {
        do throws(EximError) {
            let (routes, words) = try exim.routes(of: recipient, within: timeLimit)
            var verdicts: [MailVerdict] = []
            let addresses = client.addresses
            for route in routes {
                let options = try exim.transport(route.transport)
                guard let host = host(of: route, options, addresses) else { continue }
                verdicts.append(try demands(of: route, host.host, options).verdict)
            }
            // The worst decides: a message may take several ways at once.
            return verdicts.first { $0.state != .usesPin } ?? verdicts.first ?? otherwise(routes, words)
        } catch {
            // That Exim is slow to answer says nothing of its mail; that it refuses its own configuration means that none goes out.
            guard client.isSetUp, case .refused = error else {
                return MailVerdict("exim", .unknown, "this host's mail was not examined: exim cannot be asked: \(error)")
            }
            return MailVerdict(
                "exim", .pinNotUsed, "this host's mail does not use the pin: exim cannot be asked: \(error)",
                mend: "correct what it names, until `exim -bV` succeeds")
        }
    }

    /// No way leads to the relay.
    private func otherwise(_ routes: [EximRoute], _ words: String) -> MailVerdict {
        let hosts = routes.flatMap(\.hosts).map { Printable("\($0)", limit: 120).description }
        let place = hosts.isEmpty ? "exim says “\(words)”" : "exim sends it to \(hosts.joined(separator: ", "))"
        guard client.isSetUp else {
            return MailVerdict("exim", .elsewhere, "this host's mail does not go to \(client.relay): \(place)")
        }
        return MailVerdict(
            "exim", .pinNotUsed, "this host's mail does not use the pin: it does not go to \(client.relay): \(place)",
            mend: "`\(client.setup)`")
    }

    private struct Match {
        /// Nil when only the transport names it.
        let host: EximRoute.Host?
    }

    /// The host of the route that is the relay, by its name or by one of its addresses.
    private func host(of route: EximRoute, _ options: [String: String], _ addresses: Set<String>) -> Match? {
        guard options["driver"] == "smtp" else { return nil }
        let usual = port(options)
        let name = client.relay.host
        if route.hosts.isEmpty {
            let named = (options["hosts"] ?? "").split(separator: ":").map { $0.trimmed.lowercased() }
            return usual == client.relay.port && named.contains(name) ? Match(host: nil) : nil
        }
        return route.hosts.first { host in
            (host.name.lowercased() == name || Address(host.address).map { addresses.contains($0.description) } ?? false)
                && (host.port ?? usual) == client.relay.port
        }.map { Match(host: $0) }
    }

    /// The port of a transport whose route names none.
    private func port(_ options: [String: String]) -> Int {
        let value = options["port"] ?? "smtp"
        if value == "smtp", options["protocol"] == "smtps" { return 465 }
        return Decimal.number(Array(value.utf8)) ?? ServicePorts.all(in: value).first.map(Int.init) ?? RelayName.usualPort
    }

    private func demands(
        of route: EximRoute, _ host: EximRoute.Host?, _ printed: [String: String]
    ) throws(EximError) -> TransportDemands {
        var options = printed
        for name in [
            "hosts_require_tls", "hosts_avoid_tls", "tls_verify_hosts", "tls_verify_certificates", "tls_verify_cert_hostnames",
            "tls_certificate", "tls_privatekey",
        ] {
            if let value = options[name], value.contains("$") { options[name] = try exim.expansion(value) ?? "" }
        }
        return TransportDemands(
            client: client, route: route, host: host, options: options, library: try exim.library(),
            anchors: anchors(options["tls_verify_certificates"] ?? ""), comparison: try comparison(options["event_action"] ?? ""),
            unreadable: try unreadable(options))
    }

    private func anchors(_ value: String) -> TransportDemands.Anchors {
        guard value.hasPrefix("/") else { return .system }
        let path = FilePath(value)
        if let files = try? TrustDirectory.certificates(in: path) {
            let names = files.values.map(\.name).sorted()
            return .certificates(names.flatMap { (try? client.folder.contents(path.appending($0))) ?? [] })
        }
        guard let bytes = try? client.folder.contents(path) else { return .missing }
        return .certificates(bytes)
    }

    /// Has Exim expand `event_action` as it does for the relay's certificate: with the pinned fingerprint, and with one that nobody has.
    private func comparison(_ action: String) throws(EximError) -> TransportDemands.Comparison {
        guard !action.isEmpty else { return .none }
        func outcome(_ digest: String) throws(EximError) -> String? {
            let asked = action.replacing("${sha256:$tls_out_peercert}", with: digest)
                .replacing("${event_name}", with: "tls:cert").replacing("$event_name", with: "tls:cert")
                .replacing("${event_data}", with: "0").replacing("$event_data", with: "0")
            return try exim.expansion(asked)
        }
        guard let pinned = try outcome(client.pinned.fingerprint.description) else { return .none }
        if !pinned.isEmpty { return .refusesPinned }
        let other = try outcome(String(repeating: "0", count: Fingerprint.digits))
        return other.map { !$0.isEmpty } ?? false ? .demandsPinned : .none
    }

    /// Exim delivers as its own user. Only root can try what that user can read.
    private func unreadable(_ options: [String: String]) throws(EximError) -> [SystemError] {
        guard geteuid() == 0, let account = try exim.daemonSettings().account else { return [] }
        let files = ["tls_verify_certificates", "tls_certificate", "tls_privatekey"].compactMap { options[$0] }
        return files.filter { $0.hasPrefix("/") }.compactMap { account.whyCannotRead(FilePath($0)) }
    }
}

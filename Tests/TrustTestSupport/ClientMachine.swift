import Glibc
package import TrustCore

/// Another machine with Debian's own Exim, which sends its mail to a smarthost. Copies of the package's files are mounted over the real
/// ones in a mount namespace, so the host itself is not touched.
package struct ClientMachine: Sendable {
    package let folder: SceneFolder
    private let holder: pid_t
    private let prefix: [String]

    private static let mounts = [
        "etc-exim4": "/etc/exim4", "lib": "/var/lib/exim4", "spool": "/var/spool/exim4", "log": "/var/log/exim4", "run": "/run/exim4",
        "mail": "/var/mail", "authorities": "/etc/ssl/certs",
    ]

    /// With `trusting`, its system trusts that authority too. With `hasOpenSSL`, its Exim is the one with OpenSSL.
    package static func run(
        in folder: SceneFolder, kind: String = "smarthost", split: Bool, smarthost: String, trusting authority: ClientCertificate? = nil,
        hasOpenSSL: Bool = false,
        _ body: (ClientMachine) throws -> Void
    ) throws {
        try folder.makeFolder("m")
        try ProgramRun.run("cp", ["--archive", "/etc/exim4", folder("m/etc-exim4")])
        try folder.write(
            "m/etc-exim4/update-exim4.conf.conf",
            """
            dc_eximconfig_configtype='\(kind)'
            dc_other_hostnames='client.example'
            dc_local_interfaces='127.0.0.1'
            dc_readhost=''
            dc_relay_domains=''
            dc_minimaldns='true'
            dc_relay_nets=''
            dc_smarthost='\(smarthost)'
            CFILEMODE='644'
            dc_use_split_config='\(split)'
            dc_hide_mailname=''
            dc_mailname_in_oh='true'
            dc_localdelivery='mail_spool'

            """)
        for own in ["exim4.conf", "exim4.conf.localmacros", "conf.d/main/000_localmacros"] { unlink(folder("m/etc-exim4/\(own)")) }
        // Both machines are this host; without this Exim would notice, and deliver locally.
        for file in ["exim4.conf.template", "conf.d/router/200_exim4-config_primary"] {
            try ProgramRun.run("sed", ["-i", "s/^  host_find_failed = ignore/&\\n  self = send/", folder("m/etc-exim4/\(file)")])
        }
        // An administrator's own last line ends in a backslash.
        let own = split ? "conf.d/main/000_localmacros" : "exim4.conf.localmacros"
        try folder.write("m/etc-exim4/\(own)", "notifier_socket =\nOWN = a : \\\n")
        try folder.makeFolder("m/lib")
        try folder.makeFolder("m/mail", mode: 0o1777)
        try folder.makeFolder("m/run", mode: 0o750, owner: .exim)
        try folder.makeFolder("m/log", mode: 0o2750, owner: .eximLog)
        for part in ["", "/db", "/input", "/msglog"] { try folder.makeFolder("m/spool\(part)", mode: 0o750, owner: .exim) }
        try folder.makeFolder("m/ledger")
        let settings = ["ledger", "list", "certificates"].map { "\($0) = \(folder("m/\($0)"))\n" }.joined()
        try folder.write("m/trustd.conf", settings)
        try layAuthorities(and: authority, in: folder)
        if hasOpenSSL { try OpenSSLExim.install(as: folder("m/exim4")) }
        let binds =
            (Self.mounts.map { "mkdir -p '\($0.value)' && mount --bind '\(folder("m"))/\($0.key)' '\($0.value)'" }.sorted()
            + (hasOpenSSL ? ["mount --bind '\(folder("m/exim4"))' '\(PrivateExim.binary)'"] : [])).joined(separator: " && ")
        let holder = try ProgramRun(
            starting: "unshare",
            ["--mount", "--propagation", "private", "sh", "-c", "\(binds) && : >'\(folder("m/held"))' && exec sleep infinity"])
        defer {
            SceneProcesses.end { SceneProcesses.mountNamespace(of: holder.pid).map(SceneProcesses.inside) ?? [] }
            _ = try? holder.wait(timeout: .seconds(60))
        }
        try waitUntil("the mounts are in place: \(holder.errorsSoFar)") {
            guard holder.isRunning else { throw NothingCame(description: "\(try holder.wait())") }
            return File.exists(folder("m/held"))
        }
        let machine = ClientMachine(
            folder: folder, holder: holder.pid, prefix: ["nsenter", "--target", "\(holder.pid)", "--mount", "--"])
        let updated = try machine.command("update-exim4.conf")
        guard updated.exitCode == 0 else { throw NothingCame(description: "\(updated)") }
        try body(machine)
    }

    /// The authorities that its system trusts, as update-ca-certificates lays them.
    private static func layAuthorities(and authority: ClientCertificate?, in folder: SceneFolder) throws {
        try folder.makeFolder("m/authorities")
        try ProgramRun.run("cp", ["--archive", "/etc/ssl/certs/.", folder("m/authorities")])
        if let authority { try trust(authority, in: folder) }
    }

    private static func trust(_ authority: ClientCertificate, in folder: SceneFolder) throws {
        let text = try File.read(authority.certificate)
        let bundle = "m/authorities/ca-certificates.crt"
        try folder.write(bundle, ((try? folder.read(bundle)) ?? "") + text)
        let hash = try ProgramRun.run("openssl", ["x509", "-in", authority.certificate, "-noout", "-hash"]).output.dropLast()
        try folder.write("m/authorities/\(hash).0", text)
    }

    /// What the mend of status 19 does: this machine's system trusts that authority from now on.
    package func trust(_ authority: ClientCertificate) throws { try Self.trust(authority, in: folder) }

    /// Runs a command in the namespace.
    @discardableResult
    package func command(_ words: String..., input: String = "") throws -> ProgramRun.Outcome {
        try ProgramRun.run(prefix[0], Array(prefix.dropFirst()) + words, input: input)
    }

    /// The person who administers that machine.
    package var `operator`: Operator {
        var person = Operator(settings: folder("m/trustd.conf"))
        person.prefix = prefix
        return person
    }

    /// `trustctl client …` in the namespace.
    @discardableResult
    package func client(_ words: String...) throws -> ProgramRun.Outcome {
        try `operator`.start(["client"] + words + ["--dir", folder("m/client")]).wait(timeout: .seconds(180))
    }

    /// Sends a message as a user of that machine would, and waits until its delivery has been tried.
    package func send(_ subject: String) throws {
        let outcome = try command(
            "exim4", "-odf", "-f", "alice@client.example", "bob@remote.example", input: "Subject: \(subject)\n\nfrom a test\n")
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
    }

    /// Tries the waiting messages once more.
    package func retry() throws { try command("exim4", "-qff") }

    /// How many messages wait in the queue.
    package var waiting: Int { get throws { Int(try command("exim4", "-bpc").output.filter(\.isNumber)) ?? -1 } }
    package var logText: String { (try? folder.read("m/log/mainlog")) ?? "" }
    /// Digests of all files of Exim's configuration.
    package var configuration: String {
        let command = "cd '\(folder("m/etc-exim4"))' && find . -type f | sort | xargs sha256sum"
        return (try? ProgramRun.run("sh", ["-c", command]).output) ?? ""
    }
    package var fingerprint: Fingerprint { get throws { try ClientCertificate.fingerprint(of: folder("m/client/client.pem")) } }
}

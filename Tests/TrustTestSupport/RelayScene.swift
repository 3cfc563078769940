import Glibc
import TrustCore

/// A relay for one test: a folder, Exim, and a `trustd.conf` that points everything into the folder.
///
/// Use `RelayScene.run`, which removes everything at the end.
package struct RelayScene: TrustScene {
    package let folder: SceneFolder
    package let exim: PrivateExim
    /// The operator of the relay.
    package let `operator`: Operator
    package var configuration: EximConfiguration

    /// Builds the scene and starts Exim. The test starts `trustd` if it needs it.
    package static func run(
        _ configuration: EximConfiguration = EximConfiguration(), settings: String = "", _ body: (RelayScene) throws -> Void
    ) throws {
        let folder = try SceneFolder()
        defer {
            SceneProcesses.end { SceneProcesses.naming(folder) }
            folder.remove()
        }
        let scene = try RelayScene(folder, configuration)
        try scene.writeSettings(settings)
        try scene.exim.start()
        try body(scene)
    }

    private init(_ folder: SceneFolder, _ configuration: EximConfiguration) throws {
        self.folder = folder
        var configuration = configuration
        let port = try LoopbackPort.free()
        var exim = PrivateExim(
            configuration: folder("exim.conf"), port: port, log: folder("log/mainlog"), pidFile: folder("run/exim.pid"))
        if configuration.hasOpenSSL {
            exim.program = folder("exim4")
            configuration.eximPath = exim.program
            try OpenSSLExim.install(as: exim.program)
        }
        self.exim = exim
        self.configuration = configuration
        `operator` = Operator(settings: folder("etc/trustd.conf"))
        try ShippedFiles.install(in: folder)
        try folder.makeFolder("spool", mode: 0o750, owner: .exim)
        try folder.makeFolder("run", mode: 0o750, owner: .exim)
        try folder.makeFolder("mail", mode: 0o750, owner: .exim)
        try folder.makeFolder("log", mode: 0o2750, owner: .eximLog)
        try folder.makeRelayFolders()
        if configuration.rules == .authority {
            for part in ["authority", "revoked", "issued"] { try folder.makeFolder("etc/\(part)") }
            try CertificateAuthority("clients/ca", subject: Self.authorityName, in: folder).install(in: folder("etc/authority"))
        }
        try writeConfiguration(configuration)
    }

    /// Writes Exim's configuration; Exim reads it at its next start or reload.
    package func writeConfiguration(_ configuration: EximConfiguration) throws {
        try folder.write("exim.conf", configuration.text(in: folder, port: exim.port))
        if configuration.list == .included, !configuration.hashes.isEmpty {
            try folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = \(configuration.hashes)\n")
        }
    }

    /// Writes `trustd.conf`; `extra` lines replace the usual ones for the same keys.
    package func writeSettings(_ extra: String = "") throws {
        var lines = [
            "log": exim.log, "state": folder("state"), "list": listPath, "certificates": folder("etc/certs"), "ledger": folder("ledger"),
            "approved": folder("etc/approved"), "authority": folder("etc/authority"), "revoked": folder("etc/revoked"),
            "issued": folder("etc/issued"),
            "exim": exim.program, "exim_config": folder("exim.conf"), "reload": "pidfile:\(exim.pidFile)",
        ]
        for line in extra.split(separator: "\n") {
            if let key = line.split(separator: "=").first?.trimmed { lines[String(key)] = nil }
        }
        let usual = lines.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
        try folder.write("etc/trustd.conf", usual + extra + (extra.isEmpty || extra.hasSuffix("\n") ? "" : "\n"))
    }

    /// The file that defines the macro.
    package var listPath: String { folder(configuration.list == .included ? "etc/relay_from_certs" : "exim.conf") }
    /// Where that file is on the disk.
    package var listOnDisk: String { listPath }

    /// The name of the CA in etc/exim.
    package static let authorityName = "/CN=trustd relay CA 0123456789abcdef"

    /// The CA whose clients may relay, with `Rules.authority`.
    package var authority: CertificateAuthority { CertificateAuthority("clients/ca", of: folder) }

    /// Makes a client with a certificate. With the published recipe its certificate is put into the trust directory.
    package func makeClient(_ name: String, _ kind: ClientCertificate.Kind) throws -> ClientCertificate {
        let client = try ClientCertificate("clients/\(name)", kind, in: folder)
        if [.published, .certificates].contains(configuration.rules) {
            try folder.write("etc/certs/\(name).pem", File.read(client.certificate))
            // A GnuTLS Exim reads the directory when it starts.
            try exim.reload()
        }
        return client
    }

    /// Waits until the client's mail with this subject is in the inbox.
    package func waitForMail(_ subject: String) throws {
        try waitUntil("the mail “\(subject)” is delivered; Exim's log:\n\(exim.logText)") {
            (try? folder.read("mail/inbox"))?.contains("Subject: \(subject)\n") ?? false
        }
    }
}

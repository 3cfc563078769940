import TrustCore

/// A relay that trusts a CA of its own.
extension RelayScene {
    /// One Exim with a configuration in one file, in which `ca init` and `setup --trust ca` have been carried out; trustd runs.
    package static func withOwnAuthority(hasOpenSSL: Bool = false, settings: String = "", _ body: (RelayScene) throws -> Void) throws {
        var configuration = EximConfiguration()
        configuration.hasOpenSSL = hasOpenSSL
        try run(configuration, settings: settings) { scene in
            for path in ["etc/exim", "etc/certs", "etc/relay_from_certs"] { try ProgramRun.run("rm", ["-r", scene.folder(path)]) }
            let text = configuration.with(exim: scene.exim.program).text(in: scene.folder, port: scene.exim.port)
            try scene.folder.write(
                "exim.conf",
                text.replacing(".include \(scene.folder("etc/exim/one-file/main_fingerprints"))", with: "")
                    .replacing(".include \(scene.folder("etc/exim/one-file/acl_fingerprints"))", with: ""))
            try scene.exim.reload()
            for command in [["ca", "init"], ["setup", "--trust", "ca", "--yes"]] {
                let done = try scene.operator.start(command).wait(timeout: .seconds(180))
                guard done.exitCode == 0 else { throw NothingCame(description: "\(done)") }
            }
            let daemon = try scene.startDaemon()
            try body(scene)
            try daemon.stop()
        }
    }

    /// A machine that has pinned this relay, was refused and waits in its queue.
    package func waitingMachine(_ name: String, key: String = "ec") throws -> ClientCertificate {
        let made = try client(name, "new", "--name", "\(name).example", "--key", key)
        let pinned = try client(name, "pin", relayName, "--expect-from", folder("server.pem"))
        guard made.exitCode == 0, pinned.exitCode == 0 else { throw NothingCame(description: "\(made) \(pinned)") }
        let shown = try ClientCertificate(
            certificate: folder("\(name)/identity-1/client.pem"), key: folder("\(name)/identity-1/client.key"))
        let checked = try client(name, "check", relayName)
        guard checked.exitCode == 10 else { throw NothingCame(description: "\(checked)") }
        try `operator`.waitUntilPending(shown)
        return shown
    }

    /// What `ca sign` writes on standard output, as a certificate with the key of `client`.
    package func sign(_ client: ClientCertificate, _ options: String...) throws -> ClientCertificate {
        let signed = try `operator`.start(["ca", "sign", "\(client.fingerprint)", "--yes"] + options).wait()
        guard signed.exitCode == 0 else { throw NothingCame(description: "\(signed)") }
        let file = "clients/signed-\(File.names(in: folder("clients")).count).pem"
        try folder.write(file, signed.output)
        return try ClientCertificate(certificate: folder(file), key: client.key)
    }

    /// The certificate that a machine's mail uses.
    package func inUse(_ name: String) throws -> ClientCertificate {
        try ClientCertificate(certificate: folder("\(name)/client.pem"), key: folder("\(name)/client.key"))
    }
}

extension EximConfiguration {
    fileprivate func with(exim path: String) -> EximConfiguration {
        var configuration = self
        configuration.eximPath = path
        return configuration
    }
}

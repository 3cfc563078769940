import TrustCore

/// Clients whose certificates follow another one.
extension RelayScene {
    /// With another file, by default the subject and key of `client`; valid for a year.
    package func successor(
        of client: ClientCertificate, _ name: String, _ kind: ClientCertificate.Kind = .leaf
    ) throws -> ClientCertificate {
        let place = "clients/made-\(File.names(in: folder("clients")).count)"
        try folder.makeFolder(place)
        return try ClientCertificate("\(place)/\(name)", kind, in: folder, keyOf: client)
    }

    /// Approves it with its certificate, so that its key is known.
    package func approve(shown client: ClientCertificate, _ label: String) throws {
        let done = try trustctl("approve", "--certificate", client.certificate, "--label", label, "--yes")
        guard done.exitCode == 0 else { throw NothingCame(description: "not approved: \(done)") }
    }

    /// `trustctl client` on a machine with the folder `name`.
    package func client(_ name: String, _ arguments: String...) throws -> ProgramRun.Outcome {
        try ProgramRun.run(
            BuiltPrograms.trustctl, ["client"] + arguments + ["--dir", folder(name), "--config", folder("etc/trustd.conf")])
    }

    /// A machine that has pinned this relay, and its certificate for so many days.
    package func makeMachine(_ name: String, days: Int) throws -> ClientCertificate {
        let made = try client(name, "new", "--name", "\(name).example", "--days", "\(days)")
        let pinned = try client(name, "pin", relayName, "--expect-from", folder("server.pem"))
        guard made.exitCode == 0, pinned.exitCode == 0 else { throw NothingCame(description: "\(made) \(pinned)") }
        return try ClientCertificate(certificate: folder("\(name)/client.pem"), key: folder("\(name)/client.key"))
    }

    /// The next certificate that the machine has made, which waits.
    package func next(_ name: String) throws -> ClientCertificate {
        let next = try ClientCertificate(certificate: folder("\(name)/next/client.pem"), key: folder("\(name)/next/client.key"))
        try `operator`.waitUntilPending(next)
        return next
    }
}

import Glibc
package import TrustCore

/// An operator who invites, and clients who join.
extension RelayScene {
    package var relayName: String { "127.0.0.1:\(exim.port)" }

    /// `trustctl invite` that waits, and the code that it has printed.
    package func startInviting(_ options: String...) throws -> (run: ProgramRun, code: String) {
        let run = try `operator`.start(["invite"] + options)
        try waitUntil("invite prints a code; it says:\n\(run.errorsSoFar)") {
            guard run.isRunning else { throw NothingCame(description: "\(try run.wait())") }
            return run.outputSoFar.hasSuffix("\n")
        }
        return (run, String(run.outputSoFar.dropLast()))
    }

    /// The code of an invitation that waits for `trustctl admit`.
    package func invite(_ options: String...) throws -> String {
        let invited = try `operator`.start(["invite", "--detach"] + options).wait()
        guard invited.exitCode == 0 else { throw NothingCame(description: "\(invited)") }
        return String(invited.output.dropLast())
    }

    /// `trustctl client join` on a machine with the folder `name`.
    package func startJoining(_ name: String, _ code: String, _ options: [String] = [], relay: String? = nil) throws -> ProgramRun {
        try ProgramRun(
            starting: BuiltPrograms.trustctl,
            ["client", "join", relay ?? relayName, "--code-file", "-", "--dir", folder(name), "--name", "\(name).example"] + options
                + ["--config", `operator`.settings], input: code + "\n")
    }

    /// The same, to its end.
    package func join(_ name: String, _ code: String, _ options: String..., relay: String? = nil) throws -> ProgramRun.Outcome {
        try startJoining(name, code, options, relay: relay).wait(timeout: .seconds(400))
    }

    /// Joins once and does not wait; then its certificate is in the queue.
    package func knock(_ name: String, _ code: String, _ options: String...) throws -> Fingerprint {
        let joined = try startJoining(name, code, ["--wait", "1s"] + options).wait()
        guard joined.exitCode == 10 else { throw NothingCame(description: "\(joined)") }
        let own = try ClientCertificate.fingerprint(of: folder("\(name)/client.pem"))
        try waitUntil("\(own) is pending") { try `operator`.entries().contains { $0.fingerprint == "\(own)" } }
        return own
    }

    /// What `list --state all --json` warns of about this fingerprint.
    package func warnings(of fingerprint: Fingerprint) throws -> [String] {
        try `operator`.entries("all").first { $0.fingerprint == "\(fingerprint)" }?.warnings ?? []
    }

    package var invitationFiles: [String] { File.names(in: folder("ledger/invitations")) }

    /// A certificate of somebody with the code, and its entry in the queue as trustd would have written it.
    package func queueInvited(_ name: String, _ code: String) throws -> Fingerprint {
        let made = try ProgramRun.run(
            BuiltPrograms.trustctl, ["client", "new", "--invite", "-", "--dir", folder(name)], input: code + "\n")
        guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        return try queue(folder("\(name)/client.pem"))
    }

    /// Puts the certificate in this file into the queue, as trustd would.
    package func queue(_ file: String) throws -> Fingerprint {
        let fingerprint = try ClientCertificate.fingerprint(of: file)
        let entry = PendingEntry(
            fingerprint: fingerprint, firstSeen: .now, lastSeen: .now,
            certificate: try File.read(file).split(separator: "\n").filter { !$0.hasPrefix("-") }.joined())
        try folder.write("state/pending/\(fingerprint)", String(decoding: entry.encoded(), as: UTF8.self), owner: .daemon)
        return fingerprint
    }
}

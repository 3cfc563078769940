import Glibc
import SystemPackage

/// What every scene has: a folder, an Exim, an operator with `trustctl`, a list.
package protocol TrustScene: Sendable {
    var folder: SceneFolder { get }
    var exim: PrivateExim { get }
    /// The operator of the relay.
    var `operator`: Operator { get }
    /// Where the file that defines the macro is on the disk.
    var listOnDisk: String { get }
    /// Makes a client with a certificate.
    func makeClient(_ name: String, _ kind: ClientCertificate.Kind) throws -> ClientCertificate
}

extension TrustScene {
    /// `trustctl` with the scene's settings.
    @discardableResult
    package func trustctl(_ arguments: String...) throws -> ProgramRun.Outcome {
        try `operator`.start(arguments).wait(timeout: .seconds(180))
    }

    /// Approves a client that the test needs as approved.
    package func approve(_ client: ClientCertificate, label: String? = nil) throws {
        let outcome = try `operator`.start(["approve", "\(client.fingerprint)", "--yes"] + (label.map { ["--label", $0] } ?? [])).wait()
        guard outcome.exitCode == 0 else { throw NothingCame(description: "not approved: \(outcome)") }
    }

    package func makeClient(_ name: String) throws -> ClientCertificate { try makeClient(name, .leaf) }

    /// Starts `trustd` for this relay.
    package func startDaemon() throws -> TrustDaemon { try TrustDaemon(settings: `operator`.settings, in: folder, prefix: exim.prefix) }

    /// Exim's reply code when this client names a foreign recipient.
    package func reply(to client: ClientCertificate?) throws -> Int? { try exim.client.replyToRecipient(showing: client) }

    package var listText: String { (try? File.read(listOnDisk)) ?? "" }

    /// The 64-digit words that a new Exim would trust, by Exim's own answer and, where that looks into a folder, by the names there.
    package var trusted: Set<String> {
        get throws {
            let answer = try exim.ask("-bP", "macro", "RELAY_FROM_CERTS").output
            if answer.contains("dsearch,cache=no_rd{\(folder("etc/approved"))}") { return Set(File.names(in: folder("etc/approved"))) }
            return Set(answer.split { !$0.isHexDigit }.filter { $0.count == 64 }.map(String.init))
        }
    }

    /// Has a new client refused, and waits until it is pending.
    package func refusedClient(_ name: String) throws -> ClientCertificate {
        let client = try makeClient(name)
        guard try reply(to: client) == 550 else { throw NothingCame(description: "\(name) is not refused") }
        try `operator`.waitUntilPending(client)
        return client
    }

    /// The names in the folder of the list and in the trust directory; a leftover temporary file would show here.
    package var settingsFolder: [String] { File.names(in: folder("etc")) + File.names(in: folder("etc/certs")) }
}

extension SceneFolder {
    /// Makes the folders of trustd and trustctl, one for clients, and the server's certificate with a key for Exim's group.
    func makeRelayFolders() throws {
        try makeFolder("state")
        try makeFolder("state/pending", mode: 0o750, owner: .daemon)
        try makeFolder("state/position", mode: 0o750, owner: .daemon)
        try makeFolder("ledger")
        try makeFolder("ledger/denied")
        try makeFolder("clients", mode: 0o700)
        _ = try ClientCertificate("server", in: self)
        guard chmod(self("server.key"), 0o640) == 0, chown(self("server.key"), 0, Owner.exim.gid) == 0 else {
            throw NothingCame(description: "the server's key cannot be given to Exim's group")
        }
    }
}

extension ProgramRun.Outcome {
    /// Both streams, for tests that do not care which one a word is on; without lines that only a slow machine makes trustctl print.
    package var text: String {
        output + errors.split(separator: "\n", omittingEmptySubsequences: false).filter { !Self.isWait($0) }.joined(separator: "\n")
    }

    /// Whether trustctl says in this line what it has waited for longer than a second.
    package static func isWait(_ line: some StringProtocol) -> Bool {
        line.hasPrefix("trustctl: waiting for ") && !line.hasPrefix("trustctl: waiting for approval")
    }

    /// The first line of either stream, for a reason that must be short.
    package var firstLine: String { text.split(separator: "\n").first.map(String.init) ?? "ended with \(exitCode)" }
}

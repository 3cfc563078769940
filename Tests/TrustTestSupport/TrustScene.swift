import SystemPackage

/// What every scene has: a folder, an Exim, a person with `trustctl`, a list.
package protocol TrustScene: Sendable {
    var folder: SceneFolder { get }
    var exim: PrivateExim { get }
    /// The person at the relay, with `trustctl` at hand.
    var `operator`: Operator { get }
    /// Where the file that defines the macro lies on the disk.
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

    /// Approves a client on which a test builds.
    package func approve(_ client: ClientCertificate, label: String? = nil) throws {
        let outcome = try `operator`.start(["approve", "\(client.fingerprint)", "--yes"] + (label.map { ["--label", $0] } ?? [])).wait()
        guard outcome.exitCode == 0 else { throw NothingCame(description: "not approved: \(outcome)") }
    }

    package func makeClient(_ name: String) throws -> ClientCertificate { try makeClient(name, .leaf) }

    /// Starts `trustd` for this relay.
    package func startDaemon() throws -> TrustDaemon { try TrustDaemon(settings: `operator`.settings, in: folder, prefix: exim.prefix) }

    /// What Exim answers when this client names a recipient elsewhere.
    package func reply(to client: ClientCertificate?) throws -> Int? { try exim.client.replyToRecipient(showing: client) }

    package var listText: String { (try? File.read(listOnDisk)) ?? "" }

    /// The 64-digit words of what a new Exim would trust, by Exim's own words.
    package var trusted: Set<String> {
        get throws {
            let answer = try exim.ask("-bP", "macro", "RELAY_FROM_CERTS").output
            return Set(answer.split { !$0.isHexDigit }.filter { $0.count == 64 }.map(String.init))
        }
    }

    /// Has a new client refused and waits until it is pending.
    package func refusedClient(_ name: String) throws -> ClientCertificate {
        let client = try makeClient(name)
        guard try reply(to: client) == 550 else { throw NothingCame(description: "\(name) is not refused") }
        try `operator`.waitUntilPending(client)
        return client
    }

    /// Names in the folder of the list and of the trust directory: a temporary file that stayed shows here.
    package var settingsFolder: [String] { File.names(in: folder("etc")) + File.names(in: folder("etc/certs")) }
}

extension ProgramRun.Outcome {
    /// Both streams: where a word stands is not what most tests are about.
    package var text: String { output + errors }
}

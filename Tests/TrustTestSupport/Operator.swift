import Foundation
import TrustCore

/// The operator of the relay: runs `trustctl` with the scene's `trustd.conf`.
package struct Operator: Sendable {
    package let settings: String
    /// The words before each command: none, or the command that enters a mount namespace.
    package var prefix: [String] = []

    package init(settings: String) { self.settings = settings }

    /// `trustctl <arguments> --config <settings>`, without a terminal.
    @discardableResult
    package func trustctl(_ arguments: String..., input: String = "", timeout: Duration = .seconds(180)) throws -> ProgramRun.Outcome {
        try start(arguments, input: input).wait(timeout: timeout)
    }

    /// The same, without waiting for the end.
    package func start(_ arguments: [String], input: String = "") throws -> ProgramRun {
        let command = prefix + [BuiltPrograms.trustctl] + arguments + ["--config", settings]
        return try ProgramRun(starting: command[0], Array(command.dropFirst()), input: input)
    }

    /// The entries of `trustctl list --json`.
    package func entries(_ state: String = "pending") throws -> [ListedEntry] {
        let listed = try trustctl("list", "--state", state, "--json")
        guard listed.exitCode == 0 else { throw NothingCame(description: "\(listed)") }
        return try JSONDecoder().decode(Listing.self, from: Data(listed.output.utf8)).entries
    }

    /// The state of one fingerprint; nil if `list` does not show it.
    package func state(of client: ClientCertificate) throws -> String? {
        try entries("all").first { $0.fingerprint == client.fingerprint.description }?.state
    }

    /// Waits until the client's fingerprint is pending.
    package func waitUntilPending(_ client: ClientCertificate) throws {
        try waitUntil("\(client.fingerprint) is pending; listed: \(String(describing: try? trustctl("list")))") {
            try entries().contains { $0.fingerprint == client.fingerprint.description }
        }
    }

    private struct Listing: Decodable {
        let version: Int
        let entries: [ListedEntry]
    }
}

/// One entry of `trustctl list --json`, with the fields that tests use.
package struct ListedEntry: Decodable, Sendable {
    package let fingerprint: String
    package let state: String
    package let first_seen: String?
    package let last_seen: String?
    package let sightings: Int?
    package let addresses: [String]?
    package let certificate: Certificate?
    package let label: String?
    package let let_in_by: [String]?
    package let until: String?
    package let note: String?
    package let decided_by: String?
    package let decided_at: String?
    package let reason: String?
    package let warnings: [String]?

    package struct Certificate: Decodable, Sendable {
        package let subject: String?
        package let ca: Bool?
    }
}

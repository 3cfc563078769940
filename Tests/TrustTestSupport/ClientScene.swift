import Foundation
import TrustCore

/// A relay and a client machine that trust each other.
package enum ClientScene {
    /// Gives the relay's Exim another certificate, for the name `localhost`.
    @discardableResult
    package static func useCertificate(of scene: RelayScene, name: String = "relay", days: Int) throws -> ClientCertificate {
        let own = try ClientCertificate("clients/\(name)", host: "localhost", days: days, in: scene.folder)
        try use(own, in: scene)
        return own
    }

    package static func use(_ own: ClientCertificate, in scene: RelayScene, alsoShowing chain: [ClientCertificate] = []) throws {
        try scene.folder.write("server.pem", try ([own] + chain).map { try File.read($0.certificate) }.joined())
        try scene.folder.write("server.key", File.read(own.key), mode: 0o640, owner: .exim)
        try scene.exim.reload()
    }

    /// What the two operators do: `client new`, `pin` and `setup` on the client, `approve` on the relay.
    package static func enrol(_ scene: RelayScene, _ machine: ClientMachine, _ relay: String, settingUp: Bool = true) throws {
        let server = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
        var steps = [["new", "--name", "alice.laptop"], ["pin", relay, "--fingerprint", "\(server)"]]
        if settingUp { steps.append(["setup", relay, "--yes"]) }
        for words in steps {
            let outcome = try machine.operator.start(["client"] + words + ["--dir", machine.folder("m/client")]).wait(
                timeout: .seconds(180))
            guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        }
        let approved = try scene.trustctl("approve", "--certificate", machine.folder("m/client/client.pem"), "--yes")
        guard approved.exitCode == 0 else { throw NothingCame(description: "\(approved)") }
    }
}

/// What `trustctl client check --json` answers.
package struct CheckAnswer: CustomStringConvertible {
    package let description: String
    package let state: String
    /// The states of the two halves; empty when there is none.
    package let relay: String
    package let mail: String
    package let route: String
    package let warnings: [String]

    package init(_ text: String) throws {
        guard let whole = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw NothingCame(description: text)
        }
        let halves = whole["halves"] as? [String: Any] ?? [:]
        let mail = halves["mail"] as? [String: Any] ?? [:]
        description = text
        state = whole["state"] as? String ?? ""
        relay = (halves["relay"] as? [String: Any])?["state"] as? String ?? ""
        self.mail = mail["state"] as? String ?? ""
        route = mail["route"] as? String ?? ""
        warnings = whole["warnings"] as? [String] ?? []
    }
}

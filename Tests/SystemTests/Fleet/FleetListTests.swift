import Foundation
import Testing
import TrustTestSupport

@Suite("list and show in a fleet say which decision made a certificate what it is") struct FleetListTests {
    private struct Listing: Decodable {
        let entries: [Entry]

        struct Entry: Decodable {
            let fingerprint: String
            let state: String
            let decision: String?
            let signer: String?
        }
    }

    private struct Status: Decodable {
        let serial: Int
        let heads: [String]
        let database: [String: String]?
    }

    private static func decoded<Document: Decodable>(_ person: Operator, _ words: String...) throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(try person.start(words + ["--json"]).wait().done().output.utf8))
    }

    @Test("on a relay and at a console, with --json: the digest and the signer; nothing of what is a relay's own") func words() throws {
        try FleetScene.founded(1) { scene in
            let relay = scene.relays[0]
            let clients = try ["alice", "bob", "carol", "own"].map { try relay.makeClient($0) }
            var decisions: [String] = []
            for words in [["approve"], ["deny"], ["approve"], ["revoke"]].enumerated() {
                let client = clients[min(words.offset, 2)]
                _ = try relay.operator.start(
                    words.element + ["\(client.fingerprint)", "--sign-with", scene.key("alice@example.org"), "--yes"]
                ).wait().done()
                decisions.append(try #require((try Self.decoded(relay.operator, "fleet", "status") as Status).heads.first))
            }
            _ = try relay.trustctl("approve", "\(clients[3].fingerprint)", "--local", "--yes").done()
            let console = try scene.console()
            for (person, hasOwn) in [(relay.operator, true), (console.operator, false)] {
                for (number, state) in [(0, "approved"), (1, "denied"), (2, "revoked")] {
                    let all: Listing = try Self.decoded(person, "list", "--state", state)
                    let entry = try #require(all.entries.first { $0.fingerprint == "\(clients[number].fingerprint)" }, "\(all)")
                    #expect(entry.state == state && entry.signer == "alice@example.org", "\(entry)")
                    #expect(entry.decision == decisions[number == 2 ? 3 : number], "\(entry)")
                    let shown: Listing = try Self.decoded(person, "show", "\(clients[number].fingerprint)")
                    #expect(shown.entries.first?.decision == entry.decision, "\(shown)")
                    let own = all.entries.first { $0.fingerprint == "\(clients[3].fingerprint)" }
                    #expect((own != nil) == (hasOwn && state == "approved") && own?.decision == nil && own?.signer == nil, "\(all)")
                }
            }
            let status: Status = try Self.decoded(console.operator, "fleet", "status")
            #expect(status.serial == 7 && status.heads == [decisions[3]] && status.database == nil, "\(status)")
        }
    }
}

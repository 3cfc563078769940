import Foundation
import Testing
import TrustCore

@testable import EximControl
@testable import Trust

@Suite("Files of earlier versions")
struct LedgerFormatTests {
    private func fixture(_ name: String) throws -> Data {
        try Data(contentsOf: try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/ledgers/\(name)"))
    }

    /// JSON with its keys sorted, to compare what was written in any order.
    private func sorted(_ json: Data) throws -> Data {
        try JSONSerialization.data(withJSONObject: JSONSerialization.jsonObject(with: json), options: [.sortedKeys])
    }

    @Test("the ledger of 0.1.0 is read without faults, and its entries are written again to the byte")
    func ledger() throws {
        let bytes = Array(try fixture("0.1.0.ledger"))
        let ledger = Ledger(bytes)
        #expect(ledger.faults().isEmpty)
        let actions = Set(ledger.entries.map(\.decision.action))
        #expect(actions == [.approve, .deny, .revoke, .undo, .mend, .forget, .setup])
        var written: [UInt8] = []
        for line in ledger.lines {
            let entry = try #require(line.entry, "line \(line.number)")
            written += try #require(Ledger(written).line(for: entry))
        }
        #expect(written == bytes)
        #expect(ledger.entries[5].undoes == 5)
        #expect(ledger.entries[1].decision.subjects[0].termsBefore.label == "alice's laptop")
        #expect(ledger.entries[0].decision.subjects[0].evidence?.sightings == 3)
        #expect(ledger.entries[7].torn == Data("{\"torn".utf8))
        #expect(ledger.entries[10].effects.setup?.trust == .directory)
    }

    @Test("the journal of 0.1.0 is read, with the list's bytes; ours names their digests")
    func journal() throws {
        let bytes = try fixture("0.1.0.journal")
        let plan = try JSONDecoder().decode(TrustPlan.self, from: bytes)
        let written = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let list = try #require(written["list"] as? [String: Any])
        for (version, name) in [(plan.list?.before, "before"), (plan.list?.after, "after")] {
            #expect(version?.bytes.map { Data($0).base64EncodedString() } == list[name] as? String)
        }
        // Everything else is written again as it was read.
        let again = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(plan)) as? [String: Any])
        #expect((again["list"] as? [String: Any])?["before_sha256"] as? String == plan.list?.before.digest)
        func rest(_ fields: [String: Any]) throws -> Data {
            try JSONSerialization.data(withJSONObject: fields.filter { $0.key != "list" }, options: .sortedKeys)
        }
        #expect(try rest(again) == rest(written))
        #expect(plan.decision.action == .approve && plan.list != nil && plan.directory?.install.count == 1)
    }

    @Test("a decision by itself names no file of this host and no line of its ledger")
    func portable() throws {
        let known: Set = ["action", "fingerprints", "id", "operator", "reason", "time"]
        for entry in Ledger(Array(try fixture("0.1.0.ledger"))).entries {
            let json = try JSONEncoder().encode(entry.decision)
            let fields = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
            #expect(Set(fields.keys).isSubset(of: known))
            #expect(!String(decoding: json, as: UTF8.self).contains("/etc/") && !String(decoding: json, as: UTF8.self).contains("\\/etc"))
            #expect(try JSONDecoder().decode(Decision.self, from: json) == entry.decision)
        }
    }
}

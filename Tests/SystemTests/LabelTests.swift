import Testing
import TrustTestSupport

/// The names by which people know certificates, before and after they are revoked.
@Suite("Labels and beginnings")
struct LabelTests {
    @Test("a label survives a template that drops the comments of the list")
    func template() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            try File.write(scene.listOnDisk, "RELAY_FROM_CERTS = \(alice.fingerprint)\n")
            #expect(try scene.operator.entries("approved").first?.label == "alice")
            let outcome = try scene.trustctl("revoke", "alice", "--yes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.output.contains("done: revoke \(alice.fingerprint) (alice)"))
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("a label and a beginning still name a certificate that is revoked")
    func revoked() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            #expect(try scene.trustctl("revoke", "alice", "--yes", "--reason", "stolen").exitCode == 0)
            for name in ["alice", String("\(alice.fingerprint)".prefix(16))] {
                let shown = try scene.trustctl("show", name)
                #expect(shown.exitCode == 0 && shown.output.contains("revoked "), "\(shown)")
                let again = try scene.trustctl("revoke", name, "--disconnect", "--yes")
                #expect(again.exitCode == 0 && again.errors.contains("nothing to do"), "\(again)")
            }
            let entry = try #require(try scene.operator.entries("revoked").first)
            #expect(
                entry.fingerprint == "\(alice.fingerprint)" && entry.state == "revoked" && entry.label == "alice"
                    && entry.reason == "stolen")
            let listed = try scene.trustctl("list", "--state", "revoked")
            #expect(listed.exitCode == 0 && listed.output.contains("alice, revoked on "), "\(listed)")
            #expect(try scene.operator.entries("all").isEmpty)
        }
    }

    @Test("a label that was given again names the approved certificate, not the revoked one")
    func again() throws {
        try RelayScene.run { scene in
            let (old, new) = (try scene.makeClient("old"), try scene.makeClient("new"))
            try scene.approve(old, label: "alice")
            #expect(try scene.trustctl("revoke", "alice", "--yes").exitCode == 0)
            try scene.approve(new, label: "alice")
            let shown = try scene.trustctl("show", "alice")
            #expect(shown.output.contains("approved "), "\(shown)")
            #expect(try scene.trustctl("revoke", "alice", "--yes").output.contains("\(new.fingerprint)"))
            // Now both had it.
            let ambiguous = try scene.trustctl("show", "alice")
            #expect(ambiguous.exitCode == 65 && ambiguous.errors.contains("\(old.fingerprint)"), "\(ambiguous)")
        }
    }
}

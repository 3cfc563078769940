import Testing
import TrustCore
import TrustTestSupport

/// One relay's decisions on another one.
@Suite("Export and import")
struct ExchangeTests {
    @Test("what one relay exports another imports in one decision, and undo takes all of it back")
    func exchange() throws {
        try RelayScene.run { first in
            let (alice, bob) = (try first.makeClient("alice"), try first.makeClient("bob"))
            #expect(
                try first.trustctl(
                    "approve", "--certificate", alice.certificate, "--label", "alice", "--until", "2098-12-31", "--note", "hers", "--yes"
                ).exitCode == 0)
            #expect(try first.trustctl("deny", "\(bob.fingerprint)", "--yes").exitCode == 0)
            let export = try first.trustctl("export")
            #expect(export.exitCode == 0 && export.output.hasPrefix("{\"entries\":2,\"trustctl_export\":1}\n"), "\(export)")
            #expect(!export.output.contains("PRIVATE"))

            try RelayScene.run { second in
                let typed = try second.trustctl("import", "-")
                #expect(typed.exitCode == 64 && typed.errors.contains("--yes"), "\(typed)")
                try second.folder.write("export", export.output)
                let dry = try second.trustctl("import", second.folder("export"), "--dry-run")
                #expect(dry.exitCode == 0 && dry.output.contains("+\(alice.fingerprint)") || dry.output.contains("\(alice.fingerprint)"))
                #expect(try second.trusted.isEmpty)

                let done = try second.operator.trustctl("import", "-", "--yes", input: export.output)
                #expect(done.exitCode == 0, "\(done)")
                #expect(done.output.contains("done: approve \(alice.fingerprint) (alice)\n"), "\(done)")
                #expect(done.output.contains("done: deny \(bob.fingerprint)\n"), "\(done)")
                #expect(try second.reply(to: alice) == 250)
                let entry = try #require(try second.operator.entries("approved").first)
                #expect(entry.label == "alice" && entry.until == "2098-12-31T23:59:59Z" && entry.note == "hers", "\(entry)")
                #expect(entry.certificate?.subject == "CN=alice", "\(entry)")
                #expect(try second.operator.entries("denied").map(\.fingerprint) == ["\(bob.fingerprint)"])
                #expect(try second.trustctl("export").output == export.output)
                let again = try second.operator.trustctl("import", "-", "--yes", input: export.output)
                #expect(again.exitCode == 0 && again.errors.contains("nothing to do"), "\(again)")

                #expect(try second.trustctl("undo", "1", "--yes").exitCode == 0)
                #expect(try second.trusted.isEmpty)
                #expect(try second.reply(to: alice) == 550)
                #expect(try second.operator.entries("denied").isEmpty)
            }
        }
    }

    @Test("the attack: what was revoked or denied here stays out of an import, and is named")
    func againstDecisions() throws {
        try RelayScene.run { first in
            let names = ["revoked", "denied", "good", "over"]
            let clients = try names.map { try first.makeClient($0) }
            // Another certificate with the key of the one that is revoked on the second relay.
            let sibling = try ClientCertificate("clients/sibling", in: first.folder, keyOf: clients[0])
            for client in clients + [sibling] {
                let end =
                    client.fingerprint == clients[3].fingerprint ? ["--until", "\(Timestamp(seconds: Timestamp.now.seconds + 2))"] : []
                let outcome = try first.operator.start(["approve", "--certificate", client.certificate, "--yes"] + end).wait()
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
            #expect(try first.trustctl("label", "\(clients[2].fingerprint)", "taken", "--yes").exitCode == 0)
            let export = try first.trustctl("export").output
            try RelayScene.run { second in
                let here = try second.makeClient("here")
                try second.approve(here, label: "taken")
                #expect(try second.trustctl("approve", "--certificate", clients[0].certificate, "--yes").exitCode == 0)
                #expect(try second.trustctl("revoke", "\(clients[0].fingerprint)", "--yes").exitCode == 0)
                #expect(try second.trustctl("deny", "\(clients[1].fingerprint)", "--yes").exitCode == 0)
                try waitUntil("an approval is over") { try first.trustctl("list", "--state", "approved").output.contains("STILL TRUSTED") }
                let done = try second.operator.trustctl("import", "-", "--yes", input: export)
                #expect(done.exitCode == 0, "\(done)")
                #expect(done.errors.contains("\(clients[0].fingerprint) stays out: here it was revoked"), "\(done)")
                #expect(done.errors.contains("\(clients[1].fingerprint) stays out: here it was denied"), "\(done)")
                #expect(done.errors.contains("\(clients[3].fingerprint) stays out: its approval ended on "), "\(done)")
                #expect(done.errors.contains("\(sibling.fingerprint) stays out: its key was revoked here"), "\(done)")
                #expect(done.errors.contains("\(clients[2].fingerprint) gets no label: “taken” is that of \(here.fingerprint)"), "\(done)")
                #expect(try second.trusted == ["\(here.fingerprint)", "\(clients[2].fingerprint)"])
            }
        }
    }

    @Test("the attack: an export that was cut, altered or made up is refused as a whole")
    func hostile() throws {
        try RelayScene.run { first in
            let (alice, bob) = (try first.makeClient("alice"), try first.makeClient("bob"))
            for client in [alice, bob] {
                #expect(try first.trustctl("approve", "--certificate", client.certificate, "--yes").exitCode == 0)
            }
            let export = try first.trustctl("export").output
            let lines = export.split(separator: "\n").map(String.init)
            // The other one's certificate under this fingerprint.
            let swapped = export.replacing(
                "\(alice.fingerprint)", with: "\(bob.fingerprint.description.reversed().map(String.init).joined())")
            let unlike = lines[1].replacing("\"state\":\"approved\"", with: "\"label\":\"\(bob.fingerprint)\",\"state\":\"approved\"")
            let bad: [(text: String, words: String)] = [
                ("", "this is no export"), ("{}\n", "this is no export"), (lines[0] + "\n" + lines[1] + "\n", "it has 1 of 2 entries"),
                (String(export.dropLast()), "is not whole"), (export + lines[1] + "\n", "it has 3 of 2 entries"),
                ([lines[0], lines[1], lines[1], ""].joined(separator: "\n"), "repeats"), (swapped, "its certificate is not that of"),
                ([lines[0], unlike, lines[2], ""].joined(separator: "\n"), "must not look like a fingerprint"),
                ([lines[0], lines[1], "[" + String(repeating: "[", count: 2_000), ""].joined(separator: "\n"), "line 3"),
                (export.replacing("export\":1", with: "export\":2"), "newer trustctl"),
                ("{\"entries\":999999999,\"trustctl_export\":1}\n", "more than"),
            ]
            try RelayScene.run { second in
                for (text, words) in bad {
                    let outcome = try second.operator.trustctl("import", "-", "--yes", input: text)
                    #expect(outcome.exitCode == 65 && outcome.errors.contains(words), "\(words): \(outcome)")
                    #expect(outcome.errors.contains("nothing has changed"), "\(outcome)")
                }
                #expect(try second.trusted.isEmpty)
                #expect(try second.operator.entries("all").isEmpty)
            }
        }
    }
}

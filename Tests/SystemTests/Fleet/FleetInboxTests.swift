import Foundation
import Glibc
import Testing
import TrustTestSupport

@Suite("A relay that takes its fleet's decisions from the inbox")
struct FleetInboxTests {
    @Test("decisions, keys and receipts in files of their own, in whatever order, are live after one apply")
    func severalPacks() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let inbox = try FleetInbox(mx2)
            let (alice, bob) = (try mx1.makeClient("alice"), try mx1.makeClient("bob"))
            // A new operator, and what that key decides.
            _ = try mx1.trustctl("fleet", "key", "add", try scene.makeKey("carol"), "--sign-with", scene.key("root@safe")).done()
            _ = try scene.decide(0, by: "carol", "approve", "\(alice.fingerprint)").done()
            _ = try scene.decide(0, "approve", "\(bob.fingerprint)").done()
            _ = try scene.decide(0, by: "carol", "revoke", "\(bob.fingerprint)").done()
            // The last one comes first.
            let records = try scene.records(0)
            for (number, record) in records.reversed().enumerated() { try inbox.put(record, as: "\(1000 + number).pack") }
            let applied = try inbox.apply().done()
            #expect(applied.output.hasPrefix("kept: 4 new decisions, "), "\(applied)")
            #expect(
                applied.output.contains("1 new receipt\n") && applied.output.contains("done: approve \(alice.fingerprint)"), "\(applied)")
            #expect(!applied.errors.contains("left out"), "\(applied)")
            #expect(inbox.names.isEmpty && inbox.copies.isEmpty)
            #expect(try scene.replies(to: alice) == [250, 250])
            #expect(try scene.replies(to: bob) == [550, 550])
            #expect(try mx2.trustctl("fleet", "verify").exitCode == 0)
            // What comes again is known, and is removed too.
            try inbox.put(try scene.pack(0), as: "again")
            let again = try inbox.apply().done()
            #expect(again.output.hasPrefix("kept: 0 new decisions") && inbox.names.isEmpty && inbox.copies.isEmpty, "\(again)")
        }
    }

    /// Three mebibytes of decisions, of which two are kept at once.
    @Test("more than is kept at once is kept in parts; what the first file has waits for what the last one names")
    func parts() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let inbox = try FleetInbox(mx2)
            let laptop = try mx1.makeClient("laptop")
            _ = try mx1.trustctl("fleet", "key", "add", try scene.makeKey("carol"), "--sign-with", scene.key("root@safe")).done()
            _ = try scene.decide(0, by: "carol", "approve", "--certificate", laptop.certificate).done()
            let new = try scene.records(0).filter { String(decoding: $0, as: UTF8.self).contains("\ntrust-decision 1\n") }.suffix(2)
            let all = Array(try Data(contentsOf: URL(fileURLWithPath: try scene.export(0))))
            let heading = Array("trust-record ".utf8)
            let starts = all.indices.filter { all[$0...].starts(with: heading) } + [all.endIndex]
            let records = zip(starts, starts.dropFirst()).map { Array(all[$0..<$1]) }
            let certificate = try #require(records.first { String(decoding: $0, as: UTF8.self).contains("\ntrust-certificate 1\n") })
            // The certificate first, then what carol's key signed, and last the decision that names her key.
            try inbox.put(certificate, as: "0000.pack")
            try inbox.put(Array(try #require(new.last)), as: "0001.pack")
            for (number, pack) in try scene.longDecisions(13).enumerated() { try inbox.put(pack, as: "1\(100 + number).pack") }
            try inbox.put(Array(try #require(new.first)), as: "2000.pack")
            let applied = try inbox.apply().done()
            #expect(applied.output.hasPrefix("kept: 15 new decisions, 0 known"), "\(applied.text.prefix(600))")
            #expect(!applied.errors.contains("left out") && inbox.names.isEmpty && inbox.copies.isEmpty, "\(applied.text.prefix(600))")
            #expect(scene.store(1).count > 3 << 20)
            #expect(try mx2.reply(to: laptop) == 250)
            #expect(try mx2.trustctl("show", "\(laptop.fingerprint)").output.contains("CN=laptop"))
            let verified = try mx2.trustctl("fleet", "verify")
            #expect(verified.exitCode == 0, "\(verified.text.prefix(600))")
            // And all of it goes on from there, piece by piece.
            let carried = try scene.carry(from: 1, to: 0)
            #expect(carried.output.hasPrefix("kept: 13 new decisions, "), "\(carried.text.prefix(600))")
        }
    }

    @Test("a decision that comes in the clock's tick of the last receipt is made so, and signed")
    func sameTick() throws {
        try FleetScene.founded(2) { scene in
            let mx2 = scene.relays[1]
            let inbox = try FleetInbox(mx2)
            let alice = try scene.relays[0].makeClient("alice")
            try inbox.apply("--unit").done()
            let receipt = mx2.folder("ledger/fleet/out/receipt")
            let before = try File.read(receipt)
            // Nothing that is written now is newer than the receipt, as when both fall into one tick.
            try ProgramRun.run("touch", ["--date=+1 minute", receipt])
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try inbox.put(try scene.pack(0))
            let applied = try inbox.apply("--unit").done()
            #expect(applied.output.contains("done: approve \(alice.fingerprint)"), "\(applied)")
            #expect(try scene.reply(1, alice) == 250)
            #expect(try File.read(receipt) != before)
        }
    }

    @Test("the unit makes so what is kept and not made so yet, and else does nothing")
    func unit() throws {
        try FleetScene.founded(2) { scene in
            let mx2 = scene.relays[1]
            let inbox = try FleetInbox(mx2)
            let alice = try scene.relays[0].makeClient("alice")
            try inbox.apply("--unit").done()
            func receipt() throws -> String { try mx2.folder.read("ledger/fleet/out/receipt") }
            let before = try receipt()
            let idle = try inbox.apply("--unit").done()
            #expect(idle.output.isEmpty && idle.errors.isEmpty, "\(idle)")
            #expect(try receipt() == before)
            // Kept, as by an apply that was killed.
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            _ = try mx2.trustctl("fleet", "import", try scene.export(0), "--keep-only").done()
            #expect(try scene.reply(1, alice) == 550)
            let applied = try inbox.apply("--unit").done()
            #expect(applied.output.contains("done: approve \(alice.fingerprint)"), "\(applied)")
            #expect(try scene.reply(1, alice) == 250)
            // Root has decided something for this relay alone: the receipt says so.
            let last = try receipt()
            _ = try mx2.trustctl("revoke", "\(alice.fingerprint)", "--local", "--yes").done()
            try inbox.apply("--unit").done()
            #expect(try receipt() != last)
            // Nothing is wrong with a host that has left meanwhile.
            _ = try mx2.trustctl("fleet", "leave", "--yes").done()
            #expect(try inbox.apply("--unit").exitCode == 0)
            #expect(try inbox.apply().exitCode == 78)
        }
    }

    @Test("an approval that Exim refuses does not hold up the next file, and is tried again by the unit")
    func refused() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let inbox = try FleetInbox(mx2)
            let (alice, bob) = (try mx1.makeClient("alice"), try mx1.makeClient("bob"))
            _ = try scene.decide(0, "approve", "\(bob.fingerprint)").done()
            try inbox.put(try scene.pack(0))
            try inbox.apply("--unit").done()
            try mx2.refuseLists(with: alice.fingerprint, butNot: bob.fingerprint)
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try inbox.put(try scene.pack(0))
            let refused = try inbox.apply("--unit")
            #expect(refused.exitCode == 65 && inbox.names.isEmpty, "\(refused)")
            _ = try scene.decide(0, "revoke", "\(bob.fingerprint)").done()
            try inbox.put(try scene.pack(0))
            let mixed = try inbox.apply("--unit")
            #expect(mixed.exitCode == 65 && inbox.names.isEmpty, "\(mixed)")
            #expect(try scene.reply(1, bob) == 550)
            #expect(try scene.reply(1, alice) == 550)
            try mx2.writeConfiguration(mx2.configuration)
            try mx2.exim.reload()
            try inbox.apply("--unit").done()
            #expect(try scene.reply(1, alice) == 250)
        }
    }

    @Test("a pack that comes again and again under one name while apply runs is never removed unread")
    func sameName() throws {
        try FleetScene.founded(2) { scene in
            let inbox = try FleetInbox(scene.relays[1])
            let clients = try (0..<5).map { try scene.relays[0].makeClient("client\($0)") }
            for client in clients {
                _ = try scene.decide(0, "approve", "\(client.fingerprint)").done()
                let pack = try scene.pack(0)
                let run = try inbox.relay.operator.start(["fleet", "apply", "--unit"])
                for _ in 0..<50 { try inbox.put(pack, as: "mx1.pack") }
                _ = try run.wait().done()
            }
            try inbox.apply("--unit").done()
            for client in clients { #expect(try scene.reply(1, client) == 250) }
            #expect(inbox.names.isEmpty)
        }
    }

    @Test("what is being made under a name with a dot is left alone, and what a killed apply had taken is taken up")
    func underWay() throws {
        try FleetScene.founded(2) { scene in
            let inbox = try FleetInbox(scene.relays[1])
            let alice = try scene.relays[0].makeClient("alice")
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try File.write(inbox(".mx1.pack.Ab12Cd"), bytes: try scene.pack(0))
            try inbox.apply("--unit").done()
            #expect(inbox.names == [".mx1.pack.Ab12Cd"])
            #expect(try scene.reply(1, alice) == 550)
            rename(inbox(".mx1.pack.Ab12Cd"), inbox(".taken-0123456789abcdef"))
            try inbox.apply("--unit").done()
            #expect(inbox.names.isEmpty)
            #expect(try scene.reply(1, alice) == 250)
        }
    }

    @Test("without systemd, join says what to type; without an inbox, apply is as it was")
    func byHand() throws {
        try FleetScene.run(1) { scene in
            let pack = scene.relays[0].folder("genesis.pack")
            var scene = scene
            scene.adopt(try scene.trustctl(["fleet", "init", "one", "--key", try scene.makeKey("root@safe"), "--output", pack]))
            let joined = try scene.join(0, pack)
            #expect(joined.errors.hasSuffix("hint: trustctl fleet apply makes here what the fleet has decided\n"), "\(joined)")
            let applied = try scene.relays[0].trustctl("fleet", "apply").done()
            #expect(applied.errors == "trustctl: done: nothing to do: the list is what the fleet has decided\n", "\(applied)")
            #expect(try scene.relays[0].trustctl("fleet", "apply", "--unit").exitCode == 0)
        }
    }
}

extension FleetScene {
    /// As many decisions of alice's, each of which says of 220 certificates that they are none, with long notes: 240 KiB, one record each.
    fileprivate func longDecisions(_ count: Int) throws -> [[UInt8]] {
        var random = Randomness("long")
        let note = String(repeating: "n", count: 1_000)
        let texts = (0..<count).map { _ in
            let blocks = (0..<220).map { _ in "\nFingerprint: \(random.fingerprint())\nAfter: none\nNote: \(note)\n" }
            return "trust-decision 1\nFleet: example-mail \(genesis)\nSerial: 2\nParent: \(genesis)\nTime: 2026-11-28T02:00:07Z\n"
                + "Signer: alice@example.org\n" + blocks.joined()
        }
        let files = texts.indices.map { relays[0].folder("long-\($0)") }
        for (file, text) in zip(files, texts) { try File.write(file, text) }
        let key = relays[0].folder("alice@example.org.key")
        try ProgramRun.run("ssh-keygen", ["-q", "-Y", "sign", "-f", key, "-n", "trust-decision"] + files).done()
        return try zip(files, texts).map { file, text in
            let signature = try File.read("\(file).sig")
            return Array("trust-record \(text.utf8.count) \(signature.utf8.count)\n\(text)\(signature)".utf8)
        }
    }
}

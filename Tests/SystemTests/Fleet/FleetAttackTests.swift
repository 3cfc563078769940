import Foundation
import Testing
import TrustTestSupport

@Suite("A fleet whose decisions somebody else carries, or whose keys somebody has stolen")
struct FleetAttackTests {
    @Test("garbage, four mebibytes of it, and another fleet's pack change nothing")
    func packs() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let alice = try mx1.makeClient("alice")
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            let before = scene.store(0)
            let foreign = mx1.folder("foreign.pack")
            try scene.trustctl(["fleet", "init", "example-mail", "--key", try scene.makeKey("thief"), "--output", foreign])
            var random = Randomness("garbage")
            let garbage = (0..<4 << 20).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            var cut = before
            cut.removeLast(100)
            // Another signature's bytes under a good text.
            var forged = before
            forged[forged.count - 200] ^= 1
            let newer = "trust-decision 2\nFleet: example-mail \(scene.genesis)\n"
            let packs: [(String, [UInt8])] = [
                ("newer", Array("trust-record \(newer.utf8.count) 1\n\(newer)x".utf8)),
                ("garbage", Array("nothing\n".utf8)), ("long", garbage), ("cut", cut), ("forged", forged),
                ("lying", Array("trust-record 999999 99\n".utf8) + before),
            ]
            for (name, bytes) in packs { try File.write(mx1.folder(name), bytes: bytes) }
            for name in packs.map(\.0) + ["foreign.pack"] {
                let imported = try mx1.trustctl("fleet", "import", mx1.folder(name))
                #expect(imported.exitCode == 65 && imported.errors.contains("left out: "), "\(name): \(imported)")
                #expect(imported.errors.contains("is for a newer trustctl") == (name == "newer"), "\(name): \(imported)")
                #expect(scene.store(0) == before, "\(name)")
            }
            #expect(try mx1.trustctl("fleet", "import", "/dev/zero").exitCode == 65)
            #expect(try mx1.reply(to: alice) == 250)
            #expect(try mx1.trustctl("fleet", "verify").exitCode == 0)
        }
    }

    @Test("a stolen key that was removed decides nothing more, whatever old ground it signs on")
    func stolen() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let (alice, thief) = (try mx1.makeClient("alice"), try mx1.makeClient("thief"))
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            // What bob took away stays away when bob's key goes.
            let bob = try scene.makeKey("bob@example.org")
            _ = try mx1.trustctl("fleet", "key", "add", bob, "--sign-with", scene.key("root@safe")).done()
            _ = try scene.decide(0, by: "bob@example.org", "revoke", "\(alice.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            let removed = try mx1.trustctl("fleet", "key", "remove", "bob@example.org", "--sign-with", scene.key("root@safe")).done()
            #expect(!removed.errors.contains("TRUSTED AGAIN"), "\(removed)")
            #expect(try mx1.reply(to: alice) == 550)

            // On mx2 the removal is not known yet, so the thief signs there, on old parents.
            _ = try scene.decide(1, by: "bob@example.org", "approve", "\(thief.fingerprint)").done()
            #expect(try mx2.reply(to: thief) == 250)
            let imported = try mx1.trustctl("fleet", "import", try scene.export(1)).done()
            #expect(imported.output.contains("kept: 1 new decision,"), "\(imported)")
            #expect(try mx1.reply(to: thief) == 550)
            let status = try mx1.trustctl("fleet", "status")
            #expect(status.output.contains("void      ") && status.output.contains("its signer's key was out"), "\(status)")
            // And where he was trusted meanwhile, he is not any more.
            try scene.carry(from: 0, to: 1)
            #expect(try scene.replies(to: thief) == [550, 550])
            #expect(try scene.replies(to: alice) == [550, 550])
            let late = try scene.decide(1, by: "bob@example.org", "approve", "\(thief.fingerprint)")
            #expect(late.exitCode == 77 && late.errors.contains("was taken out"), "\(late)")
        }
    }

    @Test("TRUSTED AGAIN: a removed key's revocation that was not seen is told until it is decided")
    func trustedAgain() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let alice = try mx1.makeClient("alice")
            let bob = try scene.makeKey("bob@example.org")
            _ = try mx1.trustctl("fleet", "key", "add", bob, "--sign-with", scene.key("root@safe")).done()
            _ = try scene.decide(0, "approve", "--certificate", alice.certificate).done()
            try scene.carry(from: 0, to: 1)
            _ = try scene.decide(1, by: "bob@example.org", "revoke", "\(alice.fingerprint)").done()
            #expect(try mx2.reply(to: alice) == 550)
            _ = try mx1.trustctl("fleet", "key", "remove", "bob@example.org", "--sign-with", scene.key("root@safe")).done()
            for (from, to) in [(1, 0), (0, 1)] {
                let told = try scene.carry(from: from, to: to)
                #expect(told.errors.contains("warning: TRUSTED AGAIN: \(alice.fingerprint)"), "\(told)")
            }
            #expect(try scene.replies(to: alice) == [250, 250])
            for relay in scene.relays {
                let status = try relay.trustctl("fleet", "status")
                #expect(status.exitCode == 70 && status.errors.contains("TRUSTED AGAIN: \(alice.fingerprint)"), "\(status)")
                let doctor = try relay.trustctl("doctor")
                #expect(doctor.text.contains("fleet-trusted-again") && doctor.exitCode == 78, "\(doctor)")
            }
            _ = try scene.decide(1, "revoke", "\(alice.fingerprint)").done()
            try scene.carry(from: 1, to: 0)
            try scene.carry(from: 0, to: 1)
            #expect(try scene.replies(to: alice) == [550, 550])
            _ = try mx2.trustctl("fleet", "status").done()
            let doctor = try mx2.trustctl("doctor")
            #expect(!doctor.text.contains("[fleet-"), "\(doctor)")
        }
    }

    @Test("a new fleet takes the place of one whose first key is lost, and what that had approved stays this relay's own")
    func replaced() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let alice = try mx1.makeClient("alice")
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            var next = scene
            let admin = try scene.makeKey("next@safe")
            let pack = mx1.folder("next.pack")
            next.adopt(try scene.trustctl(["fleet", "init", "example-mail", "--key", admin, "--output", pack]))
            let words = ["fleet", "join", pack, "--genesis", next.genesis, "--head", next.genesis, "--member", "mx1", "--yes"]
            let refused = try mx1.operator.start(words).wait()
            #expect(refused.exitCode == 78 && refused.errors.contains("--replace"), "\(refused)")
            let joined = try mx1.operator.start(words + ["--replace"]).wait().done()
            #expect(joined.output.contains("stays local  \(alice.fingerprint)"), "\(joined)")
            _ = try mx1.trustctl("fleet", "apply").done()
            #expect(try mx1.reply(to: alice) == 250)
            // The old keys decide nothing.
            let old = try scene.decide(0, "revoke", "\(alice.fingerprint)")
            #expect(old.exitCode == 77 && old.errors.contains("is not in this fleet"), "\(old)")
            _ = try mx1.trustctl("fleet", "adopt", "--yes", "--sign-with", admin).done()
            _ = try mx1.trustctl("revoke", "\(alice.fingerprint)", "--yes", "--sign-with", admin).done()
            #expect(try mx1.reply(to: alice) == 550)
        }
    }

    @Test("what a void decision gave is gone, also where root has approved the same for that relay alone")
    func ownAndVoid() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let bob = try scene.makeKey("bob@example.org")
            _ = try mx1.trustctl("fleet", "key", "add", bob, "--sign-with", scene.key("root@safe")).done()
            try scene.carry(from: 0, to: 1)
            // mx2 has one of its own, and one of bob's that root has taken away and given back there.
            let (own, thief, alone) = (try mx2.makeClient("own"), try mx2.makeClient("thief"), try mx2.makeClient("alone"))
            for client in [own, alone] { _ = try mx2.trustctl("approve", "\(client.fingerprint)", "--local", "--yes").done() }
            for client in [own, thief] { _ = try scene.decide(1, by: "bob@example.org", "approve", "\(client.fingerprint)").done() }
            _ = try mx2.trustctl("revoke", "\(thief.fingerprint)", "--local", "--yes").done()
            _ = try mx2.trustctl("approve", "\(thief.fingerprint)", "--local", "--yes").done()
            _ = try mx2.trustctl("fleet", "apply").done()
            for client in [own, thief, alone] { #expect(try mx2.reply(to: client) == 250) }

            _ = try mx1.trustctl("fleet", "key", "remove", "bob@example.org", "--sign-with", scene.key("root@safe")).done()
            let imported = try mx2.trustctl("fleet", "import", try scene.export(0)).done()
            #expect(imported.output.contains("\(thief.fingerprint)"), "\(imported)")
            #expect(try mx2.reply(to: thief) == 550)
            // What the fleet had decided was the fleet's, and what it never knew is the relay's.
            #expect(try mx2.reply(to: own) == 550)
            #expect(try mx2.reply(to: alone) == 250)
            let verified = try mx2.trustctl("fleet", "verify")
            #expect(verified.exitCode == 0, "\(verified)")
            // Root may give it back, and the fleet does not take it twice.
            _ = try mx2.trustctl("approve", "\(own.fingerprint)", "--local", "--yes").done()
            _ = try mx2.trustctl("fleet", "apply").done()
            #expect(try mx2.reply(to: own) == 250)
        }
    }

    @Test("the first admin recovers from a stolen second one that has put him out")
    func recovers() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let second = try scene.makeKey("second@example.org")
            let first = scene.key("root@safe")
            _ = try mx1.trustctl("fleet", "key", "add", second, "--admin", "--sign-with", first).done()
            _ = try mx1.trustctl("fleet", "key", "remove", "root@safe", "--sign-with", second).done()
            let plain = try mx1.trustctl("fleet", "key", "remove", "second@example.org", "--sign-with", first)
            #expect(plain.exitCode == 77, "\(plain)")
            _ = try mx1.trustctl("fleet", "key", "remove", "second@example.org", "--without-theirs", "--sign-with", first).done()
            let status = try mx1.trustctl("fleet", "status")
            #expect(status.output.contains("admin     root@safe") && status.output.contains("none      second@example.org"), "\(status)")
        }
    }

    @Test("a torn end of the store is cut and said; damage in the middle stops everything")
    func torn() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let store = mx1.folder("ledger/fleet/out/decisions")
            let whole = scene.store(0)
            for rest in ["trust-record 700 2", "trust-record 700 294\ntrust-dec", "\0\0\0\0"] {
                try File.append(store, rest)
                let applied = try mx1.trustctl("fleet", "apply").done()
                #expect(applied.errors.contains("was torn by a crash, and is cut off"), "\(applied)")
                #expect(scene.store(0) == whole)
            }
            var damaged = whole
            damaged[5] ^= 0x20
            try File.write(store, bytes: damaged)
            let refused = try mx1.trustctl("fleet", "apply")
            #expect(refused.exitCode == 78 && refused.errors.contains("is damaged at byte 0"), "\(refused)")
            #expect(scene.store(0) == damaged)
        }
    }

    @Test("a join without the decision that an operator reads out is refused, and so is none without a typed yes")
    func oldSet() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let old = try scene.export(0, "old")
            let alice = try mx1.makeClient("alice")
            let approved = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            let signed = try #require(approved.errors.split(separator: "\n").first { $0.contains("signed: decision ") })
            let head = signed.suffix(64)
            try RelayScene.run { mx2 in
                func join(_ pack: String, _ head: String) throws -> ProgramRun.Outcome {
                    try mx2.trustctl(
                        "fleet", "join", pack, "--genesis", scene.genesis, "--head", head, "--member", "mx2", "--yes")
                }
                let refused = try join(old, String(head))
                #expect(refused.exitCode == 65 && refused.errors.contains("does not hold the decision"), "\(refused)")
                let none = try join(old, "none")
                #expect(none.exitCode == 64 && none.errors.contains("no terminal"), "\(none)")
                #expect(!File.exists(mx2.folder("etc/fleet.conf")))
                let joined = try join(try scene.export(0), String(head)).done()
                #expect(joined.output.contains("would add    \(alice.fingerprint)"), "\(joined)")
                #expect(try mx2.reply(to: alice) == 550)
                _ = try mx2.trustctl("fleet", "apply").done()
                #expect(try mx2.reply(to: alice) == 250)
            }
        }
    }
}

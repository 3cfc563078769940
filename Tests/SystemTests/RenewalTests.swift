import Glibc
import Testing
import TrustTestSupport

/// A certificate ends, or its key is stolen, and its client makes another one.
@Suite("Renewals, expiry, and keys that were revoked")
struct RenewalTests {
    @Test("one command approves all renewals with their labels, and no stranger's certificate")
    func renewals() throws {
        try RelayScene.run { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            _ = try scene.startDaemon()
            let next = try scene.successor(of: laptop, "laptop")
            // The attacks: a stranger with the same subject, and one with another subject over the approved key.
            try scene.folder.makeFolder("clients/thief")
            let stranger = try ClientCertificate("clients/thief/laptop", in: scene.folder)
            let other = try scene.successor(of: laptop, "server")
            for client in [next, stranger, other] {
                #expect(try scene.reply(to: client) == 550)
                try scene.operator.waitUntilPending(client)
            }
            let listed = try scene.trustctl("list")
            let first = try #require(listed.output.split(separator: "\n\n").first)
            #expect(first.contains("\(next.fingerprint)") && first.contains("renews laptop (same key, ends "), "\(listed)")
            #expect(listed.output.components(of: "renews ") == 1, "\(listed)")

            let done = try scene.trustctl("approve", "--renewals", "--yes")
            #expect(done.exitCode == 0 && done.output.contains("done: approve \(next.fingerprint) (laptop)\n"), "\(done)")
            #expect(try scene.reply(to: next) == 250)
            #expect(try scene.reply(to: laptop) == 250)
            #expect(try scene.reply(to: stranger) == 550)
            #expect(try scene.reply(to: other) == 550)
            #expect(try scene.trustctl("show", "laptop").output.contains("\(next.fingerprint)".prefix(4)))
            let again = try scene.trustctl("approve", "--renewals", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("nothing to do"), "\(again)")

            #expect(try scene.trustctl("undo", "2", "--yes").exitCode == 0)
            #expect(try scene.reply(to: next) == 550)
            #expect(try scene.operator.entries("approved").map(\.label) == ["laptop"])
        }
    }

    @Test("the attack: two certificates that claim to follow the same one are both left to a person")
    func twoSuccessors() throws {
        try RelayScene.run { scene in
            let laptop = try scene.makeClient("laptop")
            try scene.approve(shown: laptop, "laptop")
            _ = try scene.startDaemon()
            for _ in 0..<2 {
                let next = try scene.successor(of: laptop, "laptop")
                #expect(try scene.reply(to: next) == 550)
                try scene.operator.waitUntilPending(next)
            }
            let refused = try scene.trustctl("approve", "--renewals", "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("more than one certificate renews laptop"), "\(refused)")
            #expect(try scene.trusted == ["\(laptop.fingerprint)"])
        }
    }

    @Test("the attack: a thief has a second one approved with a stolen key; revoke takes all of it")
    func stolenKey() throws {
        try RelayScene.run { scene in
            let laptop = try scene.makeClient("laptop")
            try scene.approve(shown: laptop, "laptop")
            let thief = try scene.successor(of: laptop, "laptop")
            #expect(try scene.trustctl("approve", "--certificate", thief.certificate, "--label", "thief", "--yes").exitCode == 0)

            let unsaid = try scene.trustctl("revoke", "laptop", "--yes")
            #expect(unsaid.exitCode == 64 && unsaid.errors.contains("\(thief.fingerprint) (thief)"), "\(unsaid)")
            #expect(unsaid.errors.contains("--key") && unsaid.errors.contains("--only"), "\(unsaid)")
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(thief.fingerprint)"])

            let done = try scene.trustctl("revoke", "laptop", "--key", "--yes")
            #expect(done.exitCode == 0, "\(done)")
            #expect(done.output.contains("done: revoke \(thief.fingerprint) (thief)\n"), "\(done)")
            #expect(try scene.trusted.isEmpty)
            #expect(try scene.reply(to: thief) == 550)

            // A third one with that key is told from others, and is no renewal of anybody.
            let third = try scene.successor(of: laptop, "laptop")
            _ = try scene.startDaemon()
            #expect(try scene.reply(to: third) == 550)
            try scene.operator.waitUntilPending(third)
            #expect(try scene.trustctl("list").output.contains("its key was revoked: whoever has that key could relay again"))
            let asked = try scene.operator.trustctl("approve", "\(third.fingerprint)", input: "y\nn\n")
            #expect(asked.exitCode != 0, "\(asked)")
            #expect(try scene.trusted.isEmpty)

            #expect(try scene.trustctl("undo", "3", "--yes").exitCode == 0)
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(thief.fingerprint)"])
            #expect(File.names(in: scene.folder("ledger/denied-keys")).isEmpty)
            let only = try scene.trustctl("revoke", "thief", "--only", "--yes")
            #expect(only.exitCode == 0, "\(only)")
            #expect(try scene.trusted == ["\(laptop.fingerprint)"])
            #expect(File.names(in: scene.folder("ledger/denied-keys")).isEmpty)
        }
    }

    @Test("expire removes what ended more than a day ago, and nothing else; its undo puts it back")
    func expire() throws {
        try RelayScene.run { scene in
            let (alice, old) = (try scene.makeClient("alice"), try scene.makeClient("old", .expired))
            try scene.approve(shown: alice, "alice")
            #expect(try scene.trustctl("approve", "--certificate", old.certificate, "--yes").exitCode == 0)
            // Nothing is known of its dates.
            let unseen = String(repeating: "AB", count: 32)
            #expect(try scene.trustctl("approve", unseen, "--yes").exitCode == 0)
            let dry = try scene.trustctl("expire", "--dry-run")
            #expect(dry.exitCode == 0 && dry.output.contains("-\(old.fingerprint)") || dry.output.contains("\(old.fingerprint)"), "\(dry)")
            let done = try scene.trustctl("expire", "--yes")
            #expect(done.exitCode == 0 && done.output == "done: expire \(old.fingerprint)\n", "\(done)")
            #expect(try scene.trusted == ["\(alice.fingerprint)", unseen])
            #expect(try scene.trustctl("expire", "--yes").errors.contains("nothing to do"))
            #expect(try scene.trustctl("history").output.contains("expire"))
            #expect(File.names(in: scene.folder("ledger/denied-keys")).isEmpty)
            #expect(try scene.trustctl("undo", "4", "--yes").exitCode == 0)
            #expect(try scene.trusted.contains("\(old.fingerprint)"))
        }
    }

    @Test("client renew --due does nothing before the time, and makes the next certificate in it")
    func due() throws {
        try RelayScene.run { scene in
            let dir = scene.folder("client")
            func client(_ arguments: String...) throws -> ProgramRun.Outcome {
                try ProgramRun.run(
                    BuiltPrograms.trustctl, ["client"] + arguments + ["--dir", dir, "--config", scene.folder("etc/trustd.conf")])
            }
            #expect(try client("new", "--name", "laptop", "--days", "40").exitCode == 0)
            let early = try client("renew", "--due", "30", "--same-key")
            #expect(early.exitCode == 0 && early.errors.contains("not due yet"), "\(early)")
            #expect(!File.names(in: dir).contains { $0.contains("next") }, "\(File.names(in: dir))")
            let relay = "127.0.0.1:\(scene.exim.port)"
            let pinned = try client("pin", relay, "--expect-from", scene.folder("server.pem"))
            #expect(pinned.exitCode == 0, "\(pinned)")
            let waiting = try client("renew", "--due", "60", "--same-key")
            #expect(waiting.exitCode == 10, "\(waiting)")
            // A next one waits: now it is asked every day.
            #expect(try client("renew", "--due", "30", "--same-key").exitCode == 10)
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}

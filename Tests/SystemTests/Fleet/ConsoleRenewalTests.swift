import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("Renewals and ends in a fleet are decided by one signature at a console")
struct ConsoleRenewalTests {
    private static func approve(_ scene: ConsoleScene, _ client: ClientCertificate, _ more: String...) throws {
        let words = ["approve", "--certificate", client.certificate, "--sign-with", scene.key, "--yes"]
        _ = try scene.person.start(words + more).wait().done()
    }

    private static func successor(_ scene: ConsoleScene, of client: ClientCertificate, _ place: String) throws -> ClientCertificate {
        try scene.folder.makeFolder("guests/\(place)")
        return try ClientCertificate("guests/\(place)/laptop", in: scene.folder, keyOf: client)
    }

    @Test("approve --renewals is one decision with two blocks, and the new one inherits label and end")
    func renewals() throws {
        try ConsoleScene.run { scene in
            let laptop = try ClientCertificate("guests/laptop", .expiring, in: scene.folder)
            let end = Timestamp(seconds: Timestamp.now.seconds + 40 * 86_400)
            try Self.approve(scene, laptop, "--label", "laptop", "--until", "\(end)")
            let before = try scene.decisions
            let next = try Self.successor(scene, of: laptop, "next")
            // The attack: a stranger with the same subject.
            try scene.folder.makeFolder("guests/thief")
            let stranger = try ClientCertificate("guests/thief/laptop", in: scene.folder)
            try scene.mirror([next, stranger])
            #expect(try scene.trustctl("list").output.contains("renews laptop (same key, ends "))
            let done = try scene.decide("approve", "--renewals")
            #expect(done.exitCode == 0 && done.errors.contains("\(next.fingerprint) (laptop) -> approved"), "\(done)")
            #expect(try scene.decisions == before + 1)
            let entries = try scene.person.entries("approved")
            #expect(Set(entries.map(\.fingerprint)) == ["\(next.fingerprint)", "\(laptop.fingerprint)"], "\(entries)")
            let new = try #require(entries.first { $0.fingerprint == "\(next.fingerprint)" })
            #expect(new.label == "laptop" && new.until == "\(end)", "\(new)")
            #expect(entries.contains { $0.label?.hasPrefix("laptop until ") ?? false }, "\(entries)")
            let pack = try scene.trustctl("fleet", "export").output
            let last = try #require(pack.components(after: "trust-decision 1\n").last { $0.contains("\(next.fingerprint)") })
            let blocks = last.split(separator: "\n").filter { $0.hasPrefix("Fingerprint: ") }
            #expect(blocks.count == 2 && last.contains("Replaces: "), "\(last)")
            try scene.mirror([])
            #expect(try scene.decide("approve", "--renewals").errors.contains("nothing to do"))
            // Who steals the key has all of its line, and all of it goes.
            let unsaid = try scene.decide("revoke", "laptop")
            #expect(unsaid.exitCode == 64 && unsaid.errors.contains("\(laptop.fingerprint)"), "\(unsaid)")
            #expect(try scene.decide("revoke", "laptop", "--key").exitCode == 0)
            #expect(try scene.approved.isEmpty)
        }
    }

    @Test("the attack: two successors of one key, or one that was revoked, are for a person")
    func contested() throws {
        try ConsoleScene.run { scene in
            let laptop = try ClientCertificate("guests/laptop", in: scene.folder)
            try Self.approve(scene, laptop, "--label", "laptop")
            let (one, two) = (try Self.successor(scene, of: laptop, "one"), try Self.successor(scene, of: laptop, "two"))
            try scene.mirror([one, two])
            let refused = try scene.decide("approve", "--renewals")
            #expect(refused.exitCode == 65 && refused.errors.contains("more than one certificate renews laptop"), "\(refused)")
            #expect(try scene.approved == ["\(laptop.fingerprint)"])
            try scene.mirror([one])
            try Self.approve(scene, one)
            #expect(try scene.decide("revoke", "\(one.fingerprint)", "--only").exitCode == 0)
            #expect(try scene.decide("approve", "--renewals").errors.contains("nothing to do"))
            #expect(try scene.approved == ["\(laptop.fingerprint)"])
        }
    }

    @Test("the attack: a thief names his key as a second successor, after the first one was approved")
    func stolen() throws {
        try ConsoleScene.run { scene in
            func client(_ name: String, _ words: String...) throws -> ProgramRun.Outcome {
                try ProgramRun.run(BuiltPrograms.trustctl, ["client"] + words + ["--dir", scene.folder("guests/\(name)")])
            }
            func certificate(_ place: String) throws -> ClientCertificate {
                try ClientCertificate(
                    certificate: scene.folder("guests/\(place)/client.pem"), key: scene.folder("guests/\(place)/client.key"))
            }
            _ = try client("laptop", "new", "--name", "laptop.example", "--days", "40").done()
            let laptop = try certificate("laptop")
            try Self.approve(scene, laptop, "--label", "laptop")
            _ = try ProgramRun.run("cp", ["-a", scene.folder("guests/laptop"), scene.folder("guests/thief")]).done()
            // No relay is pinned, so it is made and not shown to anybody.
            _ = try client("laptop", "renew", "--signed")
            _ = try client("thief", "renew", "--signed")
            let (next, stolen) = (try certificate("laptop/next"), try certificate("thief/next"))
            try scene.mirror([next])
            #expect(try scene.decide("approve", "--renewals").exitCode == 0)
            #expect(try scene.approved == ["\(laptop.fingerprint)", "\(next.fingerprint)"].sorted())
            try scene.mirror([stolen])
            let refused = try scene.decide("approve", "--renewals")
            #expect(refused.exitCode == 65 && refused.errors.contains("more than one certificate renews laptop"), "\(refused)")
            // Also when the first one was taken away since.
            #expect(try scene.decide("revoke", "\(next.fingerprint)", "--only").exitCode == 0)
            #expect(try scene.decide("approve", "--renewals").exitCode == 65)
            #expect(try scene.approved == ["\(laptop.fingerprint)"])
        }
    }

    @Test("revoke bars the key at the console too: its next certificate renews nobody, and is asked about twice") func barred() throws {
        try ConsoleScene.run { scene in
            let laptop = try ClientCertificate("guests/laptop", .expiring, in: scene.folder)
            try Self.approve(scene, laptop, "--label", "laptop")
            let next = try Self.successor(scene, of: laptop, "next")
            try scene.mirror([next])
            #expect(try scene.trustctl("list").output.contains("renews laptop (same key, ends "))
            let revoked = try scene.decide("revoke", "laptop").done()
            let listed = try scene.trustctl("list").output
            #expect(listed.contains("its key was revoked: whoever has that key could relay again"), "\(listed)")
            #expect(!listed.contains("renews"), "\(listed)")
            #expect(try scene.decide("approve", "--renewals").errors.contains("nothing to do"))
            let screen = try TerminalScreen(
                scene.person.prefix + [
                    BuiltPrograms.trustctl, "approve", "\(next.fingerprint)", "--sign-with", scene.key, "--config", scene.person.settings,
                ], columns: 120, in: scene.folder)
            try screen.waitForPrompt("Sign this for every relay of example-mail? [y/N]")
            try screen.type("y\n")
            try screen.waitForPrompt("Go on all the same? [y/N]")
            try screen.type("n\n")
            #expect(try screen.waitForEnd() == 65, "\(screen.text)")
            #expect(try scene.approved.isEmpty)
            #expect(try scene.decide("undo", revoked.serial).exitCode == 0)
            #expect(try scene.trustctl("list").output.contains("renews laptop (same key, ends "))
        }
    }

    @Test("the attack: the mirror has a certificate under a revoked one's name; nobody's key is barred by it") func misnamed() throws {
        try ConsoleScene.run { scene in
            let (bare, victim) = (
                try ClientCertificate("guests/bare", in: scene.folder), try ClientCertificate("guests/victim", in: scene.folder)
            )
            _ = try scene.decide("approve", "\(bare.fingerprint)").done()
            _ = try scene.decide("revoke", "\(bare.fingerprint)").done()
            try scene.mirror([victim])
            try scene.bring(victim, as: bare.fingerprint)
            #expect(try !scene.warnings(of: victim).contains { $0.contains("its key was revoked") })
            // Its own one is enough to know the key.
            try scene.bring(bare)
            let next = try Self.successor(scene, of: bare, "next")
            try scene.mirror([victim, next])
            #expect(try scene.warnings(of: next).contains { $0.contains("its key was revoked") })
            #expect(try !scene.warnings(of: victim).contains { $0.contains("its key was revoked") })
        }
    }

    @Test("expire takes out what has ended, in one decision, and nothing else") func expire() throws {
        try ConsoleScene.run { scene in
            let (old, alice) = (
                try ClientCertificate("guests/old", .expired, in: scene.folder), try ClientCertificate("guests/alice", in: scene.folder)
            )
            let short = try ClientCertificate("guests/short", in: scene.folder)
            try Self.approve(scene, old, "--label", "old")
            try Self.approve(scene, alice, "--label", "alice")
            try Self.approve(scene, short, "--label", "short", "--until", "\(Timestamp(seconds: Timestamp.now.seconds + 3))")
            let before = try scene.decisions
            try waitUntil("its approval is over") {
                try scene.trustctl("list", "--state", "approved").output.contains("by each relay's own clock")
            }
            let unsigned = try scene.trustctl("expire", "--yes")
            #expect(unsigned.exitCode == 77 && unsigned.errors.contains("no key to sign with"), "\(unsigned)")
            let done = try scene.decide("expire")
            #expect(done.exitCode == 0 && done.errors.contains("\(old.fingerprint) (old) -> none"), "\(done)")
            #expect(try scene.decisions == before + 1 && scene.approved == ["\(alice.fingerprint)"])
            #expect(try scene.decide("expire").errors.contains("nothing to do"))
            #expect(try scene.decisions == before + 1)
        }
    }

    @Test("on a relay a key has approve --renewals count on all, with one signature") func renewalsOnRelay() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let laptop = try mx1.makeClient("laptop", .expiring)
            _ = try scene.decide(0, "approve", "--certificate", laptop.certificate, "--label", "laptop").done()
            let next = try mx1.successor(of: laptop, "laptop")
            try mx1.folder.queue(next)
            let unsigned = try mx1.trustctl("approve", "--renewals", "--yes")
            #expect(unsigned.exitCode == 77 && unsigned.errors.contains("no key to sign with"), "\(unsigned)")
            let signed = try scene.decide(0, "approve", "--renewals").done()
            #expect(signed.errors.ranges(of: "signed: decision ").count == 1, "\(signed)")
            try scene.carry(from: 0, to: 1)
            for relay in [mx1, mx2] {
                let labels = try relay.operator.entries("approved").map { "\($0.fingerprint) \($0.label ?? "")" }
                #expect(labels.contains("\(next.fingerprint) laptop") && labels.count == 2, "\(labels)")
                #expect(labels.contains { $0.hasPrefix("\(laptop.fingerprint) laptop until ") }, "\(labels)")
            }
            #expect(try scene.replies(to: next) == [250, 250])
            #expect(try scene.replies(to: laptop) == [250, 250])
        }
    }

    @Test("on a relay only a key has expire take out what has ended for all")
    func onRelay() throws {
        try FleetScene.founded(2) { scene in
            let mx1 = scene.relays[0]
            let old = try ClientCertificate("old", .expired, in: mx1.folder)
            _ = try scene.decide(0, "approve", "--certificate", old.certificate).done()
            try scene.carry(from: 0, to: 1)
            let alone = try mx1.trustctl("expire", "--yes").done()
            #expect(alone.text.contains("nothing to do") && alone.text.contains("signed:") == false, "\(alone)")
            let signed = try scene.decide(0, "expire").done()
            #expect(signed.errors.contains("signed: decision "), "\(signed)")
            #expect(try mx1.trusted.isEmpty)
            try scene.carry(from: 0, to: 1)
            #expect(try scene.relays[1].trusted.isEmpty)
        }
    }
}

extension String {
    /// What follows each occurrence of `text`, up to the next one.
    fileprivate func components(after text: String) -> [Substring] {
        let starts = ranges(of: text)
        return starts.indices.map { self[starts[$0].upperBound..<($0 + 1 < starts.count ? starts[$0 + 1].lowerBound : endIndex)] }
    }
}

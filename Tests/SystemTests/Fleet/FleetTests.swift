import Glibc
import Testing
import TrustTestSupport

@Suite("A fleet of relays, whose decisions are carried by hand")
struct FleetTests {
    @Test("one signed approval is live on three relays, a revocation takes it away everywhere", arguments: [false, true])
    func everywhere(folderList: Bool) throws {
        try FleetScene.founded(folderList: folderList) { scene in
            let mx1 = scene.relays[0]
            let alice = try mx1.makeClient("laptop")
            let old = try scene.export(0, "old")
            let approved = try scene.decide(0, "approve", "\(alice.fingerprint)", "--label", "laptop", "--reason", "by telephone").done()
            #expect(approved.output.contains("done: approve \(alice.fingerprint) (laptop)"), "\(approved)")
            #expect(approved.errors.contains("signed: decision ") && approved.errors.contains("alice@example.org"), "\(approved)")
            #expect(try scene.replies(to: alice) == [250, 550, 550])
            // Not live everywhere: exit status 69, and who is behind.
            let behind = try mx1.trustctl("fleet", "status")
            #expect(behind.exitCode == 69 && behind.output.contains("1 of 3") && behind.output.contains("mx2       behind"), "\(behind)")

            try scene.carryEverywhere(from: 0)
            #expect(try scene.replies(to: alice) == [250, 250, 250])
            for number in 1...2 { try scene.carry(from: number, to: 0) }
            let status = try mx1.trustctl("fleet", "status").done()
            #expect(status.output.contains("live      3 of 3 members"), "\(status)")
            #expect(try mx1.trustctl("fleet", "status", "--json").exitCode == 0)
            let history = try scene.relays[2].trustctl("history").done()
            #expect(history.output.contains("signed by alice@example.org: by telephone"), "\(history)")
            #expect(try scene.relays[2].trustctl("history", "--verify").exitCode == 0)

            // Another relay takes it away, by the label.
            _ = try scene.decide(1, "revoke", "laptop").done()
            let trusting = try scene.relays[1].trustctl("fleet", "status")
            #expect(trusting.exitCode == 70 && trusting.errors.contains("may be STILL TRUSTED on mx"), "\(trusting)")
            try scene.carryEverywhere(from: 1)
            #expect(try scene.replies(to: alice) == [550, 550, 550])
            for relay in scene.relays {
                let verified = try relay.trustctl("fleet", "verify")
                #expect(verified.exitCode == 0 && verified.output.contains("every signature checked"), "\(verified)")
            }
            // What somebody brings again changes nothing, however old.
            let before = scene.store(2)
            let again = try scene.relays[2].trustctl("fleet", "import", old).done()
            #expect(again.output.contains("kept: 0 new decisions") && scene.store(2) == before, "\(again)")
            #expect(try scene.reply(2, alice) == 550)
        }
    }

    @Test("a revocation goes through while Exim refuses an approval of the same batch; mended, both are live")
    func mixed() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let (alice, bob) = (try mx1.makeClient("alice"), try mx1.makeClient("bob"))
            _ = try scene.decide(0, "approve", "\(bob.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            #expect(try scene.reply(1, bob) == 250)
            try mx2.refuseLists(with: alice.fingerprint, butNot: bob.fingerprint)
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            _ = try scene.decide(0, "revoke", "\(bob.fingerprint)").done()
            let imported = try mx2.trustctl("fleet", "import", try scene.export(0))
            #expect(imported.exitCode == 65, "\(imported)")
            #expect(imported.errors.contains("what takes trust away was done all the same"), "\(imported)")
            #expect(imported.errors.contains("\(bob.fingerprint) is no longer trusted"), "\(imported)")
            #expect(!imported.errors.contains("STILL TRUSTED"), "\(imported)")
            #expect(try scene.reply(1, bob) == 550)
            #expect(try scene.reply(1, alice) == 550)
            // The receipt says why.
            try scene.relays[0].trustctl("fleet", "import", try scene.export(1)).done()
            let status = try mx1.trustctl("fleet", "status")
            #expect(status.exitCode == 69 && status.output.contains("mx2       refused"), "\(status)")

            try mx2.writeConfiguration(mx2.configuration)
            try mx2.exim.reload()
            _ = try mx2.trustctl("fleet", "apply").done()
            #expect(try scene.reply(1, bob) == 550)
            #expect(try scene.reply(1, alice) == 250)
        }
    }

    @Test("two operators against each other in a partition: what takes most away counts on both sides")
    func against() throws {
        try FleetScene.founded(2) { scene in
            let carol = try scene.relays[0].makeClient("carol")
            _ = try scene.decide(0, "approve", "\(carol.fingerprint)").done()
            _ = try scene.decide(1, by: "root@safe", "deny", "\(carol.fingerprint)").done()
            let stick = try scene.export(1, "other")
            try scene.carry(from: 0, to: 1)
            _ = try scene.relays[0].trustctl("fleet", "import", stick).done()
            #expect(try scene.replies(to: carol) == [550, 550])
            for relay in scene.relays { #expect(try relay.operator.state(of: carol) == "denied") }
            // Who has seen both decides, and is heard.
            _ = try scene.decide(0, "approve", "\(carol.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            #expect(try scene.replies(to: carol) == [250, 250])
        }
    }

    @Test("a relay's own approvals are shown when it joins, and stay its own")
    func own() throws {
        try FleetScene.run(1) { bare in
            var scene = bare
            let mx1 = scene.relays[0]
            let mine = try mx1.makeClient("mine")
            try mx1.approve(mine, label: "mine")
            let admin = try scene.makeKey("root@safe")
            let pack = mx1.folder("genesis.pack")
            let made = try scene.trustctl(["fleet", "init", "one", "--key", admin, "--output", pack])
            scene.adopt(made)
            let dry = try scene.join(0, pack, ["--dry-run"])
            #expect(dry.output.contains("stays local  \(mine.fingerprint)") && !File.exists(mx1.folder("etc/fleet.conf")), "\(dry)")
            _ = try scene.join(0, pack)
            let conf = try mx1.folder.read("etc/fleet.conf")
            // Twice is once.
            let again = try scene.join(0, pack)
            #expect(again.output.contains("nothing to do"), "\(again)")
            #expect(try mx1.folder.read("etc/fleet.conf") == conf)
            _ = try mx1.trustctl("fleet", "apply").done()
            #expect(try mx1.reply(to: mine) == 250)
            #expect(try ProgramRun.run("stat", ["-c", "%a %U", mx1.folder("ledger/fleet/receipt.key")]).output == "600 root\n")
            // Out again: it is a single relay with the same list.
            _ = try mx1.trustctl("fleet", "leave", "--yes").done()
            #expect(try mx1.reply(to: mine) == 250)
            #expect(try mx1.trustctl("revoke", "mine", "--yes").exitCode == 0)
        }
    }

    @Test("without a key nothing is decided; root decides for one relay alone with --local")
    func local() throws {
        try FleetScene.founded(2) { scene in
            let mx2 = scene.relays[1]
            let (alice, bob) = (try mx2.makeClient("alice"), try mx2.makeClient("bob"))
            let refused = try mx2.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(refused.exitCode == 77, "\(refused)")
            #expect(refused.errors.contains("--sign-with") && refused.errors.contains("--local"), "\(refused)")
            #expect(try mx2.reply(to: alice) == 550)
            // A stranger's key is none of the fleet.
            let stranger = try scene.makeKey("stranger")
            let foreign = try mx2.trustctl("approve", "\(alice.fingerprint)", "--yes", "--sign-with", stranger)
            #expect(foreign.exitCode == 77 && foreign.errors.contains("is not in this fleet"), "\(foreign)")
            // An operator decides nothing about keys.
            let key = try mx2.trustctl("fleet", "key", "add", stranger, "--sign-with", scene.key("alice@example.org"))
            #expect(key.exitCode == 77 && key.errors.contains("only an admin"), "\(key)")

            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            #expect(try mx2.reply(to: alice) == 250)
            _ = try mx2.trustctl("revoke", "\(alice.fingerprint)", "--local", "--yes").done()
            let number = try mx2.ledgerLines.count
            _ = try mx2.trustctl("fleet", "apply").done()
            #expect(try scene.replies(to: alice) == [250, 550])
            _ = try mx2.trustctl("undo", "L\(number)", "--yes").done()
            #expect(try mx2.reply(to: alice) == 250)
            _ = try mx2.trustctl("fleet", "apply").done()
            #expect(try mx2.reply(to: alice) == 250)

            _ = try scene.decide(0, "deny", "\(bob.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            let again = try mx2.trustctl("approve", "\(bob.fingerprint)", "--local", "--yes")
            #expect(again.exitCode == 65 && again.errors.contains("the fleet has denied"), "\(again)")
        }
    }

    @Test("an agent signs with a key that is nowhere on the disk, and undo signs the contrary")
    func agent() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let socket = mx1.folder("agent")
            let agent = try ProgramRun(starting: "ssh-agent", ["-D", "-a", socket])
            defer { agent.send(15) }
            try waitUntil("the agent listens") { File.exists(socket) }
            let secret = mx1.folder("alice@example.org.key")
            _ = try ProgramRun.run("ssh-add", ["-q", secret], environment: ["SSH_AUTH_SOCK": socket]).done()
            unlink(secret)
            unlink(secret + ".pub")
            var person = mx1.operator
            person.prefix = ["env", "SSH_AUTH_SOCK=\(socket)"]
            let dave = try mx1.makeClient("dave")
            let approved = try person.trustctl("approve", "\(dave.fingerprint)", "--yes").done()
            #expect(try mx1.reply(to: dave) == 250)
            let serial = try #require(approved.errors.split(separator: " ").drop { $0 != "decision" }.dropFirst().first)
            let undone = try person.trustctl("undo", String(serial), "--yes").done()
            #expect(try mx1.reply(to: dave) == 550, "\(undone)")
            #expect(File.names(in: "/tmp").allSatisfy { !($0.hasPrefix("trustctl.") && $0.hasSuffix(".pub")) })
        }
    }

    @Test("a host without fleet.conf keeps nothing of a fleet, and takes none of its options")
    func single() throws {
        try RelayScene.run { relay in
            let alice = try relay.makeClient("alice")
            try relay.approve(alice)
            let names = File.names(in: relay.folder("ledger"))
            #expect(!names.contains("fleet"), "\(names)")
            for options in [["--local"], ["--sign-with", relay.folder("server.pem")], ["--output", relay.folder("file")]] {
                let refused = try relay.operator.start(["revoke", "\(alice.fingerprint)", "--yes"] + options).wait()
                #expect(refused.exitCode == 64 && refused.errors.contains("belongs to no fleet"), "\(refused)")
            }
            for command in ["apply", "status", "verify", "export"] {
                let refused = try relay.trustctl("fleet", command)
                #expect(refused.exitCode == 78 && refused.errors.contains("belongs to no fleet"), "\(refused)")
            }
            #expect(try relay.reply(to: alice) == 250)
            #expect(File.names(in: relay.folder("ledger")) == names)
        }
    }
}

import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("Without a database, what any relay has seen is one line at the console") struct BroughtSightingTests {
    @Test("seen by two relays it is one line; approved there with its card and carried back, it is live on three")
    func carried() throws {
        try FleetScene.founded { scene in
            let console = try scene.console()
            let daemons = try scene.relays.map { try $0.startDaemon() }
            defer { for daemon in daemons { try? daemon.stop() } }
            let alice = try scene.relays[0].refusedClient("alice")
            #expect(try scene.relays[1].reply(to: alice) == 550)
            try scene.relays[1].operator.waitUntilPending(alice)
            var old: [String] = []
            for number in 0...1 {
                old.append(try scene.export(number, "seen\(number)"))
                let imported = try console.operator.trustctl("fleet", "import", old[number]).done()
                #expect(imported.output.contains("; 1 waits on mx\(number + 1)\n"), "\(imported)")
            }
            let entry = try #require(try console.seen().first)
            #expect(try console.seen().count == 1 && entry.state == "pending" && entry.sightings == 2, "\(entry)")
            #expect(entry.certificate?.subject == "CN=alice" && entry.relays?.map(\.member).sorted() == ["mx1", "mx2"], "\(entry)")
            let text = try console.operator.trustctl("list").output
            #expect(text.contains("CN=alice, until ") && text.contains("seen 2 times by mx"), "\(text)")
            // Another relay gets the same pack, and shows what it has seen itself.
            try scene.carry(from: 0, to: 2)
            #expect(try scene.relays[2].operator.entries().isEmpty && !File.exists(scene.relays[2].folder("ledger/fleet/sightings")))

            let words = ["approve", String("\(alice.fingerprint)".prefix(16)), "--label", "alice"]
            let approved = try console.operator.start(words + ["--sign-with", scene.key("alice@example.org"), "--yes"]).wait().done()
            #expect(approved.errors.contains("subject        CN=alice") && approved.errors.contains("seen by        mx"), "\(approved)")
            #expect(try console.seen().isEmpty, "what is approved waits no more, though no relay knows it yet")
            let decided = try scene.export(of: console)
            for relay in scene.relays { _ = try relay.trustctl("fleet", "import", decided).done() }
            #expect(try scene.replies(to: alice) == [250, 250, 250])
            // The certificate went along to a relay that has never seen it.
            #expect(try scene.relays[2].operator.entries("approved").first?.certificate?.subject == "CN=alice")
            for number in 0...2 { _ = try console.operator.trustctl("fleet", "import", try scene.export(number)).done() }
            let status = try console.operator.trustctl("fleet", "status").done()
            #expect(status.output.contains("live      3 of 3 members"), "\(status)")
            #expect(File.names(in: console("ledger/fleet/certificates")).isEmpty, "nobody waits any more")
            // What was seen before it was taken away does not wait again, whoever brings it.
            _ = try console.operator.start(["revoke", "alice", "--sign-with", scene.key("alice@example.org"), "--yes"]).wait()
            for pack in old { _ = try console.operator.trustctl("fleet", "import", pack).done() }
            #expect(try console.seen().isEmpty)
        }
    }

    @Test("a relay's out/ carries it by itself: written only when something has changed, and gone when it is forgotten there")
    func folders() throws {
        try FleetScene.founded(1) { scene in
            let (mx1, console) = (scene.relays[0], try scene.console())
            let out = mx1.folder("ledger/fleet/out/sightings")
            func carry() throws -> ProgramRun.Outcome {
                _ = try mx1.trustctl("fleet", "apply", "--unit").done()
                try ProgramRun.run("cp", [out, console("trustsync/inbox/mx1.pack")]).done()
                return try console.operator.trustctl("fleet", "apply", "--unit").done()
            }
            #expect(try !carry().errors.contains("left out") && console.seen().isEmpty, "that nothing waits is said too")
            let alice = try mx1.makeClient("alice")
            try mx1.folder.queue(alice)
            #expect(try carry().output.contains("; 1 waits on mx1\n"))
            #expect(try console.seen().map(\.fingerprint) == ["\(alice.fingerprint)"])
            #expect(try console.seen().first?.certificate?.subject == "CN=alice")
            var (before, after) = (stat(), stat())
            #expect(stat(out, &before) == 0 && before.st_mode & 0o777 == 0o640)
            _ = try mx1.trustctl("fleet", "apply", "--unit").done()
            #expect(stat(out, &after) == 0 && after.st_ino == before.st_ino, "nothing has changed")
            _ = try mx1.trustctl("forget", "\(alice.fingerprint)", "--yes").done()
            #expect(try carry().output.contains("; nothing waits on mx1\n"))
            #expect(try console.seen().isEmpty)
            // Whoever brings it to a relay changes nothing there.
            let inbox = try FleetInbox(mx1)
            try inbox.put(Array(File.read(out).utf8))
            #expect(try !inbox.apply("--unit").done().errors.contains("left out") && inbox.names.isEmpty)
        }
    }

    @Test("an export without root has what root has signed last, and says so") func unprivileged() throws {
        try FleetScene.founded(1) { scene in
            let (mx1, console) = (scene.relays[0], try scene.console())
            let (alice, bob) = (try mx1.makeClient("alice"), try mx1.makeClient("bob"))
            try mx1.folder.queue(alice)
            _ = try mx1.trustctl("fleet", "apply", "--unit").done()
            usleep(200_000)
            try mx1.folder.queue(bob)
            for part in ["decisions", "sightings", "receipt"] { chmod(mx1.folder("ledger/fleet/out/\(part)"), 0o644) }
            let pack = mx1.folder("stick.pack")
            let command = TrustDaemon.withoutPrivileges + [BuiltPrograms.trustctl, "fleet", "export", "--config", mx1.operator.settings]
            let exported = try ProgramRun.run("sh", ["-c", "\"$@\" >\(pack)", "sh"] + command).done()
            #expect(exported.errors.contains("only root can sign that"), "\(exported)")
            _ = try console.operator.trustctl("fleet", "import", pack).done()
            #expect(try console.seen().map(\.fingerprint) == ["\(alice.fingerprint)"])
            let whole = try scene.export(0)
            _ = try console.operator.trustctl("fleet", "import", whole).done()
            #expect(try Set(console.seen().map(\.fingerprint)) == ["\(alice.fingerprint)", "\(bob.fingerprint)"])
        }
    }
}

extension FleetScene {
    func export(of console: SyncHost) throws -> String {
        let pack = relays[0].folder("console.pack")
        let command = [BuiltPrograms.trustctl, "fleet", "export", "--config", console.operator.settings]
        _ = try ProgramRun.run("sh", ["-c", "\"$@\" >\(pack)", "sh"] + command).done()
        return pack
    }
}

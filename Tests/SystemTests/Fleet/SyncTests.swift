import Glibc
import Testing
import TrustTestSupport

@Suite("trustsync carries signed decisions through a real PostgreSQL")
struct SyncTests {
    @Test("what one console decides comes to another by notification alone; SQL that is run twice is run once")
    func notified() throws {
        try SyncScene.run { scene in
            for options in [["--name", "example-mail"], ["--console", "h1"], ["--member", "mx1"], ["--member", "mx1"]] {
                try SyncScene.sql(options, on: scene.server)
            }
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            try h1.following { _ in
                try h2.following { run in
                    for host in [h1, h2] { try host.waitUntilStatus(" notified ") }
                    let before = run.errorsSoFar
                    #expect(before.contains("trustsync: connected to \(scene.server.folder), notified\n"), "\(before)")
                    let digest = try scene.approve(1, on: h1)
                    try h2.waitUntilIts(digest)
                    #expect(try scene.digests().contains(digest))
                    // And back.
                    try h1.waitUntilIts(try scene.approve(2, on: h2))
                }
            }
        }
    }

    @Test("a login that is removed is out at once, and in again when it is let in again") func removed() throws {
        try SyncScene.run(["h1"]) { scene in
            let host = scene.hosts[0]
            try host.following { run in
                try host.waitUntilStatus(" notified ")
                for _ in 1...2 { try SyncScene.sql(["--remove", "h1"], on: scene.server) }
                try waitUntil("it says why") { run.errorsSoFar.contains("does not let this host in") }
            }
            let refused = try host.once()
            #expect(refused.exitCode == 77, "\(refused)")
            try SyncScene.sql(["--console", "h1"], on: scene.server)
            #expect(try host.once().exitCode == 0)
        }
    }

    @Test("the outbox waits while the database is away, root has it at once, and it goes when both have it") func outbox() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            var server = scene.server
            try server.stop()
            try h1.following { _ in
                try h1.waitUntilStatus("Trouble: ")
                let digest = try scene.approveToOutbox(1, on: h1)
                try h1.waitUntilIts(digest)
                #expect(h1.outbox == [digest])
                try h1.waitUntilStatus("Outbox: 1")
                try server.start()
                try waitUntil("the outbox is empty; \(h1.status)") { h1.outbox.isEmpty }
                #expect(try scene.digests().contains(digest))
                try h2.following { _ in try h2.waitUntilIts(digest) }
            }
            try server.stop()
        }
    }

    @Test("what the outbox has and is no decision goes, and what cannot be read is named; nothing else is touched") func badOutbox() throws
    {
        try SyncScene.run(["h1"]) { scene in
            let host = scene.hosts[0]
            let digits = String(repeating: "A", count: 64)
            try scene.folder.write("h1/trustsync/outbox/\(digits)", "junk")
            try scene.folder.write("secret", "a secret")
            symlink(scene.folder("secret"), host("trustsync/outbox/\(String(repeating: "B", count: 64))"))
            mkfifo(host("trustsync/outbox/\(String(repeating: "C", count: 64))"), 0o644)
            try scene.folder.write("h1/trustsync/outbox/.new", "under way")
            let run = try host.once()
            #expect(run.exitCode == 0 && run.errors.contains("is no signed decision under its digest, and is removed"), "\(run)")
            #expect(host.outbox.map { $0.prefix(1) } == [".", "B", "C"])
            #expect(try scene.folder.read("secret") == "a secret")
            #expect(try scene.digests().count == 1)
        }
    }

    @Test("a console gets the relays' receipts, and a relay does not get them") func receipts() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            try SyncScene.sql(["--member", "mx1"], on: scene.server)
            let conf = try scene.folder.read("h2/etc/fleet.conf").replacing("member = \n", with: "member = mx1\n")
            try scene.folder.write("h2/etc/fleet.conf", conf)
            try h2.connect(to: scene.server.folder, role: "relay_mx1")
            func receipt(_ number: Int) throws -> String {
                let body = "trust-receipt 1\nnumber \(number)\n"
                let signature = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
                let record = "trust-record \(body.utf8.count) \(signature.utf8.count)\n\(body)\(signature)"
                try scene.folder.write("h2/ledger/fleet/out/receipt", record)
                return record
            }
            let first = try receipt(1)
            try h1.following { _ in
                try h1.waitUntilStatus(" notified ")
                try h2.following { _ in
                    func heard(_ record: String) throws -> Bool {
                        try h1.packs.contains { try File.read(h1("trustsync/inbox/\($0)")).contains(record) }
                    }
                    try waitUntil("the first receipt comes") { try heard(first) }
                    try h2.waitUntilStatus(" notified ")
                    let second = try receipt(2)
                    try waitUntil("the second receipt comes") { try heard(second) }
                }
            }
            #expect(h2.packs.isEmpty)
            #expect(try scene.server.must("SELECT relay FROM trust.receipt", database: "fleet") == "mx1\n")
        }
    }

    @Test("it starts without a database, says so, and refuses what cannot work: 64, 75, 78") func starting() throws {
        try SyncScene.run(["h1"]) { scene in
            let host = scene.hosts[0]
            try host.connect(to: scene.folder("nowhere"))
            #expect(try host.once().exitCode == 75)
            try host.connect(to: scene.server.folder + " sslmode=disable")
            let overridden = try host.once()
            #expect(overridden.exitCode == 78 && overridden.errors.contains("sslmode cannot be set here"), "\(overridden)")
            #expect(try host.start([], ["--nonsense"]).wait().exitCode == 64)
            try scene.server.must("UPDATE trust.about SET fleet = 'another'", database: "fleet")
            try host.connect(to: scene.server.folder)
            let other = try host.once()
            #expect(other.exitCode == 78 && other.errors.contains("that of the fleet “another”"), "\(other)")
            try scene.server.must("UPDATE trust.about SET fleet = 'example-mail', version = 2", database: "fleet")
            #expect(try host.once().exitCode == 78)
            try scene.server.must("DROP SCHEMA trust CASCADE", database: "fleet")
            let empty = try host.once()
            #expect(empty.exitCode == 78 && empty.errors.contains("says nothing of a fleet"), "\(empty)")
            #expect(host.packs.isEmpty)
        }
    }

    @Test("trustctl, which grants, does not link libpq; trustsync links no program of ours that grants") func linked() throws {
        let (ctl, sync) = (try ProgramRun.run("ldd", [BuiltPrograms.trustctl]), try ProgramRun.run("ldd", [BuiltPrograms.trustsync]))
        #expect(!ctl.output.contains("libpq") && sync.output.contains("libpq"), "\(ctl) \(sync)")
        let symbols = try ProgramRun.run("nm", ["-D", "--undefined-only", BuiltPrograms.trustsync]).output
        for name in ["execve", "posix_spawn", "SSL_new", "EVP_Digest"] { #expect(!symbols.contains(" \(name)\n"), "\(name)") }
    }
}

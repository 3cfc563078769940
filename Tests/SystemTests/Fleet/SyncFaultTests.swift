import Glibc
import Testing
import TrustTestSupport

@Suite("trustsync when the database, the way or the disk fails")
struct SyncFaultTests {
    @Test("a promoted standby that has lost decisions gets them back from whoever followed them") func failover() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            var standby = try scene.server.copied(as: "standby", in: scene.folder)
            defer { try? standby.stop() }
            for host in [h1, h2] { try host.connect(to: "\(scene.server.folder),\(standby.folder)") }
            var primary = scene.server
            try h1.following { _ in
                try h2.following { _ in
                    for host in [h1, h2] { try host.waitUntilStatus(" notified ") }
                    let lost = try scene.approve(1, on: h1)
                    try h2.waitUntilIts(lost)
                    // h1 has lost it too, as if its disk were older.
                    try primary.kill()
                    try standby.promote()
                    #expect(try !scene.digests(on: standby).contains(lost))
                    try waitUntil("the standby has it; \(h1.status) \(h2.status)") { try scene.digests(on: standby).contains(lost) }
                    for host in [h1, h2] { try host.waitUntilStatus(standby.folder) }
                    try h1.waitUntilIts(try scene.approve(2, on: h2))
                }
            }
        }
    }

    @Test("a server that is restarted, and one that hangs, which TCP does not notice") func restartedAndHanging() throws {
        try SyncScene.run(poll: "1s") { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            var server = scene.server
            try h2.following { run in
                try h2.waitUntilStatus(" notified ")
                try server.stop()
                try h2.waitUntilStatus("Trouble: ")
                try server.start()
                try h2.waitUntilStatus(" notified ")
                let backend = try server.must("SELECT pid FROM pg_stat_activity WHERE usename = 'console_h2'")
                let pid = try #require(pid_t(backend.split(separator: "\n").first ?? ""))
                kill(pid, SIGSTOP)
                try waitUntil("the silence is noticed: \(run.errorsSoFar)") { run.errorsSoFar.contains("within 10.0 seconds") }
                try h2.waitUntilStatus(" notified ")
                let digest = try scene.approve(1, on: h1)
                #expect(try h1.once().exitCode == 0)
                try h2.waitUntilIts(digest)
                kill(pid, SIGCONT)
            }
            try server.stop()
        }
    }

    @Test("a first host that is silent and does not refuse costs three seconds, and not more") func silentHost() throws {
        try SyncScene.run(["h1"]) { scene in
            let host = scene.hosts[0]
            // It listens, and answers nothing.
            try scene.folder.makeFolder("silent")
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(scene.folder("silent/.s.PGSQL.5432").utf8)) }
            let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { close(listener) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
            #expect(bound == 0 && listen(listener, 8) == 0)
            chmod(scene.folder("silent/.s.PGSQL.5432"), 0o777)
            try host.connect(to: "\(scene.folder("silent")),\(scene.server.folder)")
            let start = ContinuousClock.now
            #expect(try host.once().exitCode == 0)
            #expect((.seconds(3) ..< .seconds(20)).contains(ContinuousClock.now - start))
            #expect(host.status.contains(scene.server.folder))
        }
    }

    @Test("behind PgBouncer in transaction mode, which loses notifications, it says so and asks instead") func pooler() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            try scene.folder.makeFolder("pooler", owner: .postgres)
            try scene.folder.write(
                "pooler/pgbouncer.ini",
                """
                [databases]
                fleet = host=\(scene.server.folder) dbname=fleet
                [pgbouncer]
                unix_socket_dir = \(scene.folder("pooler"))
                listen_port = 5432
                listen_addr =
                auth_type = any
                pool_mode = transaction
                ignore_startup_parameters = options
                """)
            // `any` enters as whom the database line says.
            let ini = try scene.folder.read("pooler/pgbouncer.ini").replacing("dbname=fleet\n", with: "dbname=fleet user=console_h2\n")
            try scene.folder.write("pooler/pgbouncer.ini", ini)
            let pooler = try ProgramRun(
                starting: "setpriv",
                [
                    "--reuid=\(Owner.postgres.uid)", "--regid=\(Owner.postgres.gid)", "--clear-groups", "--", "/usr/sbin/pgbouncer",
                    scene.folder("pooler/pgbouncer.ini"),
                ])
            defer {
                pooler.send(SIGINT)
                _ = try? pooler.wait()
            }
            try waitUntil("the pooler listens: \(pooler.errorsSoFar)") { access(scene.folder("pooler/.s.PGSQL.5432"), F_OK) == 0 }
            try h2.connect(to: scene.folder("pooler"))
            try h2.following { run in
                try h2.waitUntilStatus(" polling ")
                let said = run.errorsSoFar
                #expect(said.contains("notifications do not arrive") && said.contains("hint: PgBouncer: pool_mode = session"), "\(said)")
                let digest = try scene.approve(1, on: h1)
                #expect(try h1.once().exitCode == 0)
                try h2.waitUntilIts(digest)
            }
        }
    }

    @Test("on a full disk nothing is half written, it is said, and what came is there when there is room") func fullDisk() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            try scene.approve(1, on: h1)
            #expect(try h1.once().exitCode == 0)
            let inbox = h2("trustsync/inbox")
            let script = """
                mount -t tmpfs -o size=16k,mode=755 none \(inbox) || exit 99
                head -c 1M /dev/zero >\(inbox)/.ballast 2>/dev/null
                \(BuiltPrograms.trustsync) --once --config \(h2.operator.settings)
                ls -A \(inbox)
                rm \(inbox)/.ballast
                \(BuiltPrograms.trustsync) --once --config \(h2.operator.settings)
                ls -A \(inbox) | grep -c '[.]pack$'
                """
            let outcome = try ProgramRun.run("unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", script])
            #expect(outcome.exitCode == 0 && outcome.output == ".ballast\n1\n", "\(outcome)")
            #expect(outcome.errors.contains("No space left on device"), "\(outcome)")
        }
    }

    @Test("killed before any call that changes something, it goes on as if nothing had been", .skipped(by: Stepper.obstacle))
    func killed() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            let own = try scene.approve(1, on: h1)
            #expect(try h1.once().exitCode == 0)
            let report = scene.folder("report")
            var (number, digests) = (1, [own])
            while true {
                digests.append(try scene.approveToOutbox(100 + number, on: h2))
                let prefix = Stepper.command + ["-f", h2.operator.settings, "-o", report, "-k", "\(number)"]
                _ = try h2.start(prefix, ["--once"]).wait()
                let wasKilled = try File.read(report).hasPrefix("killed")
                // What stands in the inbox is whole, whenever it died.
                for pack in h2.packs {
                    let imported = try h2.operator.trustctl("fleet", "import", h2("trustsync/inbox/\(pack)"), "--keep-only")
                    #expect(imported.exitCode == 0, "\(imported)")
                    unlink(h2("trustsync/inbox/\(pack)"))
                }
                guard wasKilled, number < 40 else { break }
                number += 1
            }
            #expect(number > 5)
            for _ in 1...2 {
                #expect(try h2.once().exitCode == 0)
                try h2.takeInbox()
            }
            #expect(try h2.once().exitCode == 0)
            #expect(h2.outbox.isEmpty && !File.names(in: h2("trustsync/inbox")).contains { $0.hasPrefix(".new") })
            let there = try scene.digests()
            for digest in digests { #expect(there.contains(digest), "\(digest)") }
            #expect(try h2.has(digests.last ?? "none"))
        }
    }
}

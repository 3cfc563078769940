import Glibc
import Testing
import TrustTestSupport

@Suite("trustsync between two servers, and beside a standby that is waited for")
struct SyncServerTests {
    @Test("two primaries at once: each host follows its own, and afterwards both sets are one") func primaries() throws {
        try SyncScene.run(poll: "1s") { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            var other = try scene.server.copied(as: "other", in: scene.folder)
            defer { try? other.stop() }
            try other.promote()
            try h2.connect(to: other.folder, poll: "1s")
            let first = try scene.approve(1, on: h1)
            let second = try scene.approve(2, on: h2)
            try h1.following { _ in try waitUntil("the first has its own; \(h1.status)") { try scene.digests().contains(first) } }
            try h2.following { _ in
                try waitUntil("the other has its own; \(h2.status)") { try scene.digests(on: other).contains(second) }
            }
            #expect(try !scene.digests().contains(second) && !scene.digests(on: other).contains(first))

            // The other one is shut down, and its host goes to the first.
            try other.stop()
            try h2.connect(to: "\(other.folder),\(scene.server.folder)", poll: "1s")
            try h1.following { _ in
                try h2.following { _ in
                    try h1.waitUntilIts(second)
                    try h2.waitUntilIts(first)
                }
            }
            for host in [h1, h2] {
                #expect(try scene.isHead(first, on: host) || scene.isHead(second, on: host))
                let status = try host.operator.start(["fleet", "status", "--json"]).wait().output
                #expect(status.contains(first) && status.contains(second), "\(status)")
            }
            // The next decision knows both.
            let next = try scene.approve(3, on: h1)
            try h1.following { _ in
                try h2.following { _ in try h2.waitUntilIts(next) }
            }
            #expect(try scene.isHead(next, on: h2) && !scene.isHead(first, on: h2) && !scene.isHead(second, on: h2))
        }
    }

    @Test("somebody's commit that waits for a standby which is away holds up no decision") func synchronous() throws {
        try SyncScene.run(poll: "1s") { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            let server = scene.server
            try server.must("ALTER SYSTEM SET synchronous_standby_names = 'away'")
            try server.must("SELECT pg_reload_conf()")
            let held = try ProgramRun(
                starting: "psql",
                ["-X", "-q", "-h", server.folder, "-U", "postgres", "-d", "postgres", "-c", "CREATE TABLE held (); NOTIFY anything"])
            defer {
                held.send(SIGKILL)
                _ = try? held.wait()
            }
            let isHeld = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            try waitUntil("a commit waits for the standby") { try server.must(isHeld).hasPrefix("1") }
            let digest = try scene.approve(1, on: h1)
            try h2.following { _ in
                try h1.following { _ in
                    try h2.waitUntilIts(digest)
                    #expect(try server.must(isHeld).hasPrefix("1"))
                }
            }
            try server.must("ALTER SYSTEM RESET synchronous_standby_names")
            try server.must("SELECT pg_reload_conf()")
        }
    }
}

import Glibc
import Testing
import TrustTestSupport

@Suite("trustsync with a database that somebody has restored, and with one that cannot notify") struct SyncRestoreTests {
    @Test("an old dump takes nothing back: who has more gives it, revocations too; and no host's set shrinks") func dump() throws {
        try SyncScene.run(poll: "1s") { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            let first = try scene.approve(1, on: h1)
            try h1.following { _ in try waitUntil("the first is there; \(h1.status)") { try scene.digests().contains(first) } }
            let pg = try #require(PrivatePostgres.binaries)
            let place = ["-h", scene.server.folder, "-p", "\(scene.server.port)", "-U", "postgres"]
            let old = scene.folder("old.sql")
            _ = try ProgramRun.run("\(pg)/pg_dump", place + ["-C", "-f", old, "fleet"]).done()

            // The same is revoked, another one approved, and all hosts know it.
            let digits = String(repeating: "0", count: 56) + "10000001"
            _ = try h1.operator.start(["revoke", digits, "--sign-with", scene.key, "--yes", "--wait-fleet", "0"]).wait()
            let last = try scene.approve(2, on: h1)
            try h1.following { _ in try h2.following { _ in try h2.waitUntilIts(last) } }
            #expect(try scene.isHead(last, on: h2))
            let whole = try scene.digests()

            try scene.server.must("DROP DATABASE fleet WITH (FORCE)")
            _ = try ProgramRun.run("\(pg)/psql", place + ["-X", "-q", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-f", old]).done()
            #expect(try scene.digests().count < whole.count)
            // A host that was away since before, and whatever the old database says to the others.
            try h2.following { _ in try waitUntil("all is there again; \(h2.status)") { try scene.digests() == whole } }
            try h1.following { _ in try h1.waitUntilStatus(" notified ") }
            for host in [h1, h2] {
                try host.takeInbox()
                #expect(try scene.isHead(last, on: host))
                #expect(try !host.operator.start(["list", "--state", "approved"]).wait().output.contains(digits))
            }
            // And it goes on.
            let next = try scene.approve(3, on: h2)
            try h2.following { _ in try h1.following { _ in try h1.waitUntilIts(next) } }
        }
    }

    /// The real queue of notifications is full after 8 GiB, so the server's error stands for it: SQLSTATE 54000, when the commit would notify.
    @Test("where the queue of notifications is full, a decision is taken without one, and comes with the next look") func queue() throws {
        try SyncScene.run(poll: "1s") { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            try scene.server.must(
                """
                ALTER FUNCTION trust.submit(bytea, bytea, boolean) RENAME TO submit_then;
                CREATE FUNCTION trust.submit(body bytea, signature bytea, quietly boolean DEFAULT false) RETURNS boolean LANGUAGE plpgsql AS $$
                BEGIN
                    IF NOT quietly THEN RAISE EXCEPTION 'too many notifications in the NOTIFY queue' USING ERRCODE = '54000'; END IF;
                    RETURN trust.submit_then(body, signature, true);
                END $$;
                GRANT EXECUTE ON FUNCTION trust.submit(bytea, bytea, boolean) TO trust_relay, trust_console;
                """, database: "fleet")
            let digest = try scene.approve(1, on: h1)
            try h1.following { _ in
                try h2.following { _ in try h2.waitUntilIts(digest) }
            }
            #expect(!h1.status.contains("does not take a decision"), "\(h1.status)")
        }
    }
}

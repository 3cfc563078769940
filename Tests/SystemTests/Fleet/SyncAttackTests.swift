import Glibc
import Testing
import TrustTestSupport

@Suite("What a database or a stolen login can do to trustsync")
struct SyncAttackTests {
    @Test("junk in the tables and in notifications does not reach root, and does not hold up a true decision") func junk() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            try h2.following { _ in
                try h2.waitUntilStatus(" notified ")
                let other = "trust-decision 1\nFleet: another \(String(repeating: "A", count: 64))\nSerial: 2\n"
                let armour = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
                // A login that was stolen.
                try scene.server.must(
                    """
                    SELECT trust.submit(convert_to('junk ' || n, 'UTF8'), 's') FROM generate_series(1, 500) AS n;
                    SELECT trust.submit(convert_to('\(other)' || n, 'UTF8'), convert_to('\(armour)', 'UTF8')) FROM generate_series(1, 500) AS n;
                    SELECT trust.submit(convert_to(repeat('x', 262144), 'UTF8'), convert_to(repeat('y', 16384), 'UTF8'));
                    NOTIFY trust_decision, 'junk';
                    NOTIFY trust_decision, '%%% ===';
                    NOTIFY trust_receipt, 'nobody';
                    SELECT pg_notify('trust_decision', repeat('QUJD', 900) || ' ' || n) FROM generate_series(1, 2000) AS n;
                    """, as: "console_h1", database: "fleet")
                let digest = try scene.approve(1, on: h1)
                #expect(try h1.once().exitCode == 0)
                try h2.waitUntilIts(digest)
                #expect(!h2.status.contains("Trouble"))
            }
            for pack in h2.packs { #expect(try !File.read(h2("trustsync/inbox/\(pack)")).contains("junk"), "\(pack)") }
        }
    }

    @Test("a decision under a wrong signature does not hide the true one, which comes later") func wronglySigned() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            let digest = try scene.approve(1, on: h1)
            #expect(try h1.once().exitCode == 0)
            // The database's superuser exchanges the signature, as a thief who was quicker would.
            try scene.server.must(
                """
                UPDATE trust.signature SET signature = convert_to('-----BEGIN SSH SIGNATURE-----' || E'\\n' || 'AAAA', 'UTF8')
                    WHERE digest = decode('\(digest)', 'hex')
                """, database: "fleet")
            #expect(try h2.once().exitCode == 0)
            try h2.takeInbox()
            #expect(try !h2.has(digest))
            // h1 gives it again.
            #expect(try h1.once().exitCode == 0)
            #expect(try h2.once().exitCode == 0)
            try h2.takeInbox()
            #expect(try h2.has(digest))
        }
    }

    @Test("a set of twenty thousand that root does not take fills neither the inbox nor the memory") func flood() throws {
        try SyncScene.run(["h1"]) { scene in
            let host = scene.hosts[0]
            let genesis = try #require(try scene.folder.read("h1/etc/fleet.conf").split(separator: "\n").first { $0.hasPrefix("genesis") })
            let heading = "trust-decision 1\nFleet: example-mail \(genesis.suffix(64))\n"
            try scene.server.must(
                """
                WITH many AS (SELECT convert_to('\(heading)' || rpad(n::text, 8000, 'x'), 'UTF8') AS body FROM generate_series(1, 20000) AS n)
                INSERT INTO trust.decision (digest, body) SELECT sha256(body), body FROM many;
                INSERT INTO trust.signature (digest, signature)
                    SELECT digest, convert_to('-----BEGIN SSH SIGNATURE-----' || E'\\n', 'UTF8') FROM trust.decision;
                """, database: "fleet")
            try host.following { run in
                try waitUntil("the inbox is full") { host.packs.count == 15 }
                try host.waitUntilStatus(" notified ")
                let memory = try File.read("/proc/\(run.pid)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM") } ?? ""
                let kilobytes = Int(memory.filter { $0.isNumber }) ?? .max
                #expect(kilobytes < 128 << 10, "\(memory)")
                #expect(host.packs.count == 15)
            }
        }
    }
}

import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("What a database can do with the certificates of what was approved: withhold them") struct CarriedCertificateAttackTests {
    @Test("the attack: another certificate under an approved digest, and one that is too long") func exchanged() throws {
        try CarriedFleet.run(2, relayPoll: "1s", rules: .certificates) { fleet in
            let mx1 = fleet.scene.relays[0]
            let alice = try ClientCertificate("alice", .leaf, in: mx1.folder)
            let mallory = try ClientCertificate("mallory", .leaf, in: mx1.folder)
            // Its own digest is right, and no database takes it whose tables are ours.
            let blob = mx1.folder("blob")
            try File.write(blob, String(repeating: "x", count: 40_000))
            let long = try ProgramRun.run("sha256sum", [blob]).output.prefix(64).uppercased()
            try fleet.server.must(
                """
                ALTER TABLE trust.certificate DROP CONSTRAINT certificate_check;
                ALTER TABLE trust.certificate DROP CONSTRAINT certificate_der_check;
                INSERT INTO trust.certificate VALUES (decode('\(alice.fingerprint)', 'hex'), decode('\(try fleet.hex(mallory))', 'hex')),
                    (decode('\(long)', 'hex'), convert_to(repeat('x', 40000), 'UTF8'));
                """, database: "fleet")
            #expect(try fleet.decide("approve", "\(alice.fingerprint)").exitCode == 0)
            #expect(try fleet.decide("approve", long).exitCode == 0)
            // They are asked for at each look; a true one comes all the same.
            let bob = try ClientCertificate("bob", .leaf, in: mx1.folder)
            try mx1.folder.queue(bob)
            try fleet.waitUntilSeen(bob.fingerprint, by: ["mx1"])
            #expect(try fleet.decide("approve", "\(bob.fingerprint)").exitCode == 0)
            try waitUntil("bob is let in") { try fleet.scene.replies(to: bob) == [250, 250] }
            for client in [alice, mallory] { #expect(try fleet.scene.replies(to: client) == [550, 550]) }
            for relay in fleet.scene.relays {
                #expect(File.names(in: relay.folder("ledger/known")) == ["\(bob.fingerprint)"])
                #expect(File.names(in: relay.folder("ledger/fleet/refused")).isEmpty)
            }
        }
    }

    @Test("the attack: an answer of thousands fills neither inbox nor memory, and delays nothing") func flood() throws {
        try CarriedFleet.run(2, relayPoll: "1s") { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            let (alice, bob) = (try ClientCertificate("alice", .leaf, in: mx1.folder), try ClientCertificate("bob", .leaf, in: mx1.folder))
            try fleet.server.must(
                """
                ALTER TABLE trust.certificate RENAME TO true_certificate;
                CREATE VIEW trust.certificate AS SELECT decode('\(alice.fingerprint)', 'hex') AS fingerprint,
                    convert_to(rpad(n::text, 12000, 'x'), 'UTF8') AS der FROM generate_series(1, 2000) AS n;
                GRANT SELECT ON trust.certificate TO trust_relay, trust_console;
                """, database: "fleet")
            for client in [alice, bob] { #expect(try fleet.decide("approve", "\(client.fingerprint)").exitCode == 0) }
            #expect(try fleet.scene.replies(to: bob) == [250, 250])
            #expect(File.names(in: mx2.folder("ledger/known")).isEmpty)
            #expect(File.names(in: mx2.folder("ledger/fleet/refused")).isEmpty)
            #expect(try fleet.decide("revoke", "\(bob.fingerprint)").exitCode == 0)
            #expect(try fleet.scene.replies(to: bob) == [550, 550])
        }
    }

    @Test("the attack: certificates in the outbox that its decision does not name, or too many bytes") func outbox() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            let (own, other) = (try certificate("own", in: scene.folder), try certificate("other", in: scene.folder))
            let pack = scene.folder("signed.pack")
            let words = ["approve", "--certificate", scene.folder("own.pem"), "--output", pack, "--sign-with", scene.key, "--yes"]
            let signed = try h1.operator.start(words).wait().done()
            let said: [String] = signed.errors.split { $0.isWhitespace }.map { String($0) }
            let digest = try #require(said.last { $0.count == 64 && $0 != own.name && $0.allSatisfy { $0.isHexDigit } })
            try File.write(h1("trustsync/outbox/\(digest)"), bytes: try File.bytes(pack) + other.record + own.record)
            chmod(h1("trustsync/outbox/\(digest)"), 0o644)
            try File.write(h1("trustsync/outbox/\(String(repeating: "D", count: 64))"), String(repeating: "x", count: 5 << 20))
            let run = try h1.once()
            #expect(run.exitCode == 0, "\(run)")
            let held = try scene.server.must("SELECT upper(encode(fingerprint, 'hex')) FROM trust.certificate", database: "fleet")
            #expect(held == "\(own.name)\n")
            // Root here gets it with the decision, and so does root on the other console.
            #expect(try h2.once().exitCode == 0)
            for host in [h1, h2] {
                let packs = try host.packs.map { try File.bytes(host("trustsync/inbox/\($0)")) }
                #expect(packs.count == 1 && packs[0].suffix(own.record.count) == own.record[...], "\(host.packs)")
                try host.takeInbox()
                #expect(File.names(in: host("ledger/known")) == [own.name])
            }
            #expect(try h1.once().exitCode == 0)
            #expect(h1.outbox.count == 1, "what is too long stays, and is named")
        }
    }

    /// A new certificate: its fingerprint, and the record of a pack.
    private func certificate(_ name: String, in folder: SceneFolder) throws -> (name: String, record: [UInt8]) {
        try ProgramRun.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=\(name)",
                "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", folder("\(name).key"), "-out", folder("\(name).pem"),
            ]
        ).done()
        try ProgramRun.run("openssl", ["x509", "-in", folder("\(name).pem"), "-outform", "DER", "-out", folder("\(name).der")]).done()
        let body = Array("trust-certificate 1\n".utf8) + (try File.bytes(folder("\(name).der")))
        let digits = try ProgramRun.run("sha256sum", [folder("\(name).der")]).output.prefix(64).uppercased()
        return (digits, Array("trust-record \(body.count) 0\n".utf8) + body)
    }
}

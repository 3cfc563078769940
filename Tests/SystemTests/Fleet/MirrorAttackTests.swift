import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("Whoever lies about what relays saw fills his own room, and lets nobody in") struct MirrorAttackTests {
    @Test("the attack: a stolen login tells of ten thousand; the others' entries stay")
    func flood() throws {
        try CarriedFleet.run(2) { fleet in
            let alice = try fleet.scene.relays[1].makeClient("alice")
            try fleet.scene.relays[1].folder.queue(alice)
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx2"])
            try fleet.stop("mx1")
            let row = "INSERT INTO trust.sighting (fingerprint, first_seen, last_seen, sightings, addresses, observed) "
            try fleet.server.must(
                row + """
                    SELECT sha256(convert_to(n::text, 'UTF8')), now(), now() + interval '1 year', 9223372036854775807,
                        array_fill('2001:db8::1'::inet, ARRAY[8]), convert_to(repeat('x', 2048), 'UTF8') FROM generate_series(1, 10000) AS n
                    """, as: "relay_mx1", database: "fleet")
            try waitUntil("the console has its share of them") { try fleet.seen().count == 5_001 }
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx2"])
            let file = fleet.console("trustsync/mirror/sightings/mx1")
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_size <= 4 << 20)
            #expect(try fleet.console.operator.entries("approved").isEmpty)
            #expect(try fleet.decide("approve", "\(alice.fingerprint)", "--wait-fleet", "1").exitCode == 69)
            try waitUntil("mx2 trusts it") { try fleet.scene.reply(1, alice) == 250 }
        }
    }

    @Test("the attack: a database invents relays, paths, and a certificate under another's digest")
    func invented() throws {
        try CarriedFleet.run(2) { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            let (alice, mallory) = (try mx1.makeClient("alice"), try mx1.makeClient("mallory"))
            let der = try ProgramRun.run("openssl", ["x509", "-in", mallory.certificate, "-outform", "DER", "-out", mx1.folder("der")])
            #expect(der.exitCode == 0)
            let hex = try ProgramRun.run("od", ["-An", "-v", "-tx1", mx1.folder("der")]).done().output.filter { $0.isHexDigit }
            try fleet.server.must(
                """
                INSERT INTO trust.member VALUES ('g1', 'ghost'), ('g2', '../../escaped'), ('g3', '.new'), ('g4', 'a/b');
                INSERT INTO trust.sighting (relay, fingerprint, first_seen, last_seen, sightings)
                    SELECT relay, decode('\(mallory.fingerprint)', 'hex'), now(), now(), 1 FROM trust.member WHERE login LIKE 'g_';
                ALTER TABLE trust.certificate DROP CONSTRAINT certificate_check;
                INSERT INTO trust.certificate VALUES (decode('\(alice.fingerprint)', 'hex'), decode('\(hex)', 'hex'));
                INSERT INTO trust.sighting (relay, fingerprint, first_seen, last_seen, sightings)
                    VALUES ('mx2', decode('\(alice.fingerprint)', 'hex'), now(), now(), 1);
                """, database: "fleet")
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx2"])
            let entry = try #require(try fleet.seen().first)
            #expect(try fleet.seen().count == 1 && entry.certificate == nil, "\(entry)")
            let mirror = fleet.console("trustsync/mirror")
            #expect(File.names(in: mirror + "/sightings") == ["ghost", "mx2"], "ghost is no member: nobody reads it")
            #expect(File.names(in: mirror) == ["certificates", "sightings"] && !File.exists(fleet.console("escaped")))
            #expect(File.names(in: mirror + "/certificates").isEmpty)
            // And a carrier that was taken over, which writes the file itself.
            try ProgramRun.run("cp", [mx1.folder("der"), mirror + "/certificates/\(alice.fingerprint)"]).done()
            let lied = try #require(try fleet.seen().first)
            #expect(lied.certificate == nil && lied.warnings.contains { $0.contains("certificate") }, "\(lied)")
            #expect(try fleet.decide("approve", "\(alice.fingerprint)").exitCode == 0)
            #expect(try fleet.scene.replies(to: mallory) == [550, 550])
            #expect(try fleet.scene.replies(to: alice) == [250, 250])
            #expect(try mx2.trusted == ["\(alice.fingerprint)"])
        }
    }

    @Test("the attack: a carrier puts links, FIFOs, garbage and too much into the mirror") func mirror() throws {
        try CarriedFleet.run(2) { fleet in
            let alice = try fleet.scene.relays[0].makeClient("alice")
            try fleet.scene.relays[0].folder.queue(alice)
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx1"])
            try fleet.stop("console")
            let mirror = fleet.console("trustsync/mirror/sightings")
            let good = try File.read(mirror + "/mx1")
            func put(_ make: () throws -> Void) throws {
                unlink(mirror + "/mx2")
                try make()
                let seen = try fleet.seen()
                #expect(seen.map(\.fingerprint) == ["\(alice.fingerprint)"] && seen.first?.relays?.map(\.member) == ["mx1"], "\(seen)")
            }
            try put { symlink(mirror + "/mx1", mirror + "/mx2") }
            try put { mkfifo(mirror + "/mx2", 0o644) }
            try put { try File.write(mirror + "/mx2", "trust-record 999999 0\n\u{1B}[2Jgarbage") }
            try put { try File.write(mirror + "/mx2", String(repeating: "x", count: 5 << 20)) }
            try put { try File.write(mirror + "/mx2", good.replacing("\(alice.fingerprint)", with: Fingerprint.digestOfNothing)) }
            try put { try File.write(mirror + "/mx9", good) }
            // A whole one is shown, and lets nobody in.
            try File.write(mirror + "/mx2", good)
            try fleet.waitUntilSeen(alice.fingerprint, by: ["mx1", "mx2"])
            #expect(try fleet.scene.replies(to: alice) == [550, 550])
        }
    }
}

import FleetCarrier
import Testing
import TrustTestSupport

@Suite("What one login may put into a fleet's database")
struct FleetQuotaTests {
    @Test("a stolen login fills its own hour, and nobody else's") func decisions() throws {
        try FleetDatabaseScene.run { database in
            let server = database.server
            try server.must(
                """
                INSERT INTO trust.decision (digest, body, login)
                    SELECT sha256(body), body, '\(database.role("mx1"))'
                    FROM (SELECT convert_to(n::text, 'UTF8') AS body FROM generate_series(1, \(FleetSchema.decisionsAnHour - 1)) AS n) AS many;
                INSERT INTO trust.signature (digest, signature, login) SELECT digest, 's', login FROM trust.decision;
                """, database: "fleet")
            #expect(try server.must("SELECT trust.submit('the last', 's')", as: database.role("mx1"), database: "fleet") == "t\n")
            let more = try server.psql("SELECT trust.submit('one more', 's')", as: database.role("mx1"), database: "fleet")
            #expect(more.errors.contains("more than 20000 decisions or 32 MiB an hour from relay_mx1.example.org"), "\(more)")
            #expect(try server.must("SELECT trust.submit('one more', 's')", as: database.role("mx2"), database: "fleet") == "t\n")
            try server.must("UPDATE trust.signature SET arrived = arrived - interval '61 minutes'", database: "fleet")
            #expect(try server.must("SELECT trust.submit('later', 's')", as: database.role("mx1"), database: "fleet") == "t\n")
        }
    }

    @Test("also by the size of what it submits") func bytes() throws {
        try FleetDatabaseScene.run { database in
            let large = "SELECT count(trust.submit(convert_to(rpad(n::text, 262144, 'x'), 'UTF8'), 's')) FROM generate_series(1, %) AS n"
            func submit(_ count: Int) throws -> ProgramRun.Outcome {
                try database.server.psql(
                    large.replacing("%", with: "\(count)"), as: database.role("mx1"), database: "fleet")
            }
            for count in [130, 129] {
                let refusal = try submit(count)
                #expect(refusal.errors.contains("32 MiB an hour"), "\(count): \(refusal)")
            }
            #expect(try submit(128).output == "128\n")
        }
    }

    @Test("a relay's lies about what it saw fill its own room only") func sightings() throws {
        try FleetDatabaseScene.run { database in
            let server = database.server
            let row = "INSERT INTO trust.sighting (fingerprint, first_seen, last_seen, sightings) "
            let many = row + "SELECT sha256(convert_to(n::text, 'UTF8')), now(), now(), 1 FROM generate_series(1, %) AS n"
            func see(_ count: Int, as short: String) throws -> ProgramRun.Outcome {
                try server.psql(many.replacing("%", with: "\(count)"), as: database.role(short), database: "fleet")
            }
            let full = try see(FleetSchema.sightingsOfOne + 1, as: "mx1")
            #expect(full.errors.contains("no room for more than 10000 entries"), "\(full)")
            #expect(try see(FleetSchema.sightingsOfOne, as: "mx1").exitCode == 0)
            let one = row + "VALUES (sha256('one more'), now(), now(), 1)"
            #expect(try server.psql(one, as: database.role("mx1"), database: "fleet").exitCode != 0)
            #expect(try server.psql(one, as: database.role("mx2"), database: "fleet").exitCode == 0)
            try server.must("SELECT trust.forget(ARRAY[sha256('1')])", as: database.role("mx1"), database: "fleet")
            #expect(try server.psql(one, as: database.role("mx1"), database: "fleet").exitCode == 0)
        }
    }

    @Test("a relay holds no more certificates than it can queue, and keeps no place that it left") func certificates() throws {
        try FleetDatabaseScene.run { database in
            let server = database.server
            let mx1 = database.role("mx1")
            try server.must(
                """
                INSERT INTO trust.certificate SELECT sha256(der), der
                    FROM (SELECT convert_to(rpad(n::text, 64, 'x'), 'UTF8') AS der FROM generate_series(1, 10000) AS n) AS many;
                INSERT INTO trust.holder SELECT '\(mx1)', fingerprint, octet_length(der) FROM trust.certificate;
                """, database: "fleet")
            let one = "SELECT trust.hold(ARRAY[convert_to(repeat('0', 70), 'UTF8')])"
            let full = try server.psql(one, as: mx1, database: "fleet")
            #expect(full.errors.contains("no room for more certificates"), "\(full)")
            #expect(try server.must(one, as: database.role("alice"), database: "fleet") == "1\n")
            #expect(
                try server.must(
                    "SELECT trust.hold(array_agg(der)) FROM (SELECT der FROM trust.certificate LIMIT 900) AS few",
                    as: database.role("alice"), database: "fleet") != "0\n")
            try server.must(
                "SELECT trust.forget(ARRAY[sha256(convert_to(rpad('1', 64, 'x'), 'UTF8'))])", as: mx1, database: "fleet")
            #expect(try server.must(one, as: mx1, database: "fleet") == "1\n")
        }
    }
}

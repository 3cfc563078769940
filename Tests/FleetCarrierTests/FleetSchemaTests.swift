import FleetCarrier
import Foundation
import Testing
import TrustTestSupport

@Suite("The database of a fleet, on a real PostgreSQL")
struct FleetSchemaTests {
    private struct Case {
        let isAllowed: Bool
        let login: String
        let answer: String
        let statement: String

        init?(_ line: Substring) {
            let halves = line.split(separator: " | ", maxSplits: 1)
            let words = halves[0].split(separator: " ")
            guard halves.count == 2, words.count >= 3, ["allowed", "refused"].contains(words[0]) else { return nil }
            isAllowed = words[0] == "allowed"
            login = String(words[1])
            answer = words[2...].joined(separator: " ")
            statement = String(halves[1])
        }

        /// What PostgreSQL answers, in the same form.
        func tried(on database: FleetDatabaseScene) throws -> String {
            let outcome = try database.server.psql(
                statement, as: database.role(login), database: "fleet", options: ["--set=VERBOSITY=sqlstate"])
            let lines = outcome.errors.split(separator: "\n")
            if let error = lines.first(where: { $0.hasPrefix("ERROR:") }) { return String(error.suffix(5)) }
            let answer = outcome.output.split(separator: "\n").joined(separator: " ")
            return answer.isEmpty ? "-" : answer
        }
    }

    @Test("a stolen login can do nothing that is forbidden, and each login all that it is for") func statements() throws {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/statements", withExtension: "cases"))
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        try FleetDatabaseScene.run { database in
            for line in lines {
                let attempt = try #require(Case(line), "\(line)")
                let answer = try attempt.tried(on: database)
                #expect(answer == attempt.answer, "\(line)")
            }
        }
        #expect(lines.count { $0.hasPrefix("refused") } >= 100)
    }

    @Test("the tables are made once: a second run, and a second fleet on the server, change nothing") func twice() throws {
        try FleetDatabaseScene.run { database in
            let schema = try #require(FleetSchema(fleet: "example-mail"))
            let before = try database.server.must("SELECT count(*) FROM pg_class", database: "fleet")
            let again = try database.server.psql(schema.text, database: "fleet")
            #expect(again.exitCode == 0 && again.output.contains("already; nothing was changed"), "\(again)")
            let other = try database.server.psql(FleetSchema(fleet: "other")?.text ?? "", database: "fleet")
            #expect(other.exitCode != 0 && other.errors.contains("another fleet, or of another version; nothing was changed"), "\(other)")
            #expect(try database.server.must("SELECT count(*) FROM pg_class", database: "fleet") == before)
            try database.server.must("CREATE DATABASE second")
            let second = try database.server.psql(schema.text, database: "second")
            #expect(second.exitCode != 0 && second.errors.contains("the roles of a fleet already"), "\(second)")
            #expect(second.errors.contains("DROP ROLE"), "\(second)")
            #expect(try database.server.must("SELECT count(*) FROM pg_namespace WHERE nspname = 'trust'", database: "second") == "0\n")
        }
    }

    @Test("a login that is removed is out at once, with all that it brought, and can be let in again") func removal() throws {
        try FleetDatabaseScene.run { database in
            let server = database.server
            let mx1 = database.role("mx1")
            for statement in [
                "SELECT trust.submit('its own', 's')", "SELECT trust.hold(ARRAY[convert_to(repeat('0', 70), 'UTF8')])",
                "INSERT INTO trust.sighting (fingerprint, first_seen, last_seen, sightings) VALUES (sha256('a'), now(), now(), 1)",
                "INSERT INTO trust.receipt (body, signature) VALUES ('a', 'b')",
                "SELECT trust.submit('also another''s', 's')",
            ] {
                try server.must(statement, as: mx1, database: "fleet")
            }
            try server.must("SELECT trust.submit('also another''s', 'of mx2')", as: database.role("mx2"), database: "fleet")
            // A session that is open outlives NOLOGIN.
            let open = try ProgramRun(
                starting: "\(PrivatePostgres.binaries ?? "")/psql",
                ["--no-psqlrc", "--command=SELECT pg_sleep(120)", "host=\(database.folder("postgres")) user=\(mx1) dbname=fleet"])
            try waitUntil("the session is open") {
                try server.must("SELECT count(*) FROM pg_stat_activity WHERE usename = '\(mx1)'") == "1\n"
            }
            let login = try #require(DatabaseLogin(.relay, named: "mx1.example.org"))
            try server.must(login.removal, database: "fleet")
            #expect(try open.wait().exitCode != 0)
            #expect(try server.psql("SELECT 1", as: mx1, database: "fleet").exitCode == 2)
            let left = "SELECT count(*) FROM trust."
            for table in ["sighting", "receipt", "holder", "certificate"] {
                #expect(try server.must(left + table, database: "fleet") == "0\n", "\(table)")
            }
            #expect(try server.must("SELECT body = 'also another''s' FROM trust.decision", database: "fleet") == "t\n")
            try server.must(login.creation + login.creation, database: "fleet")
            #expect(try server.must("SELECT trust.submit('again', 's')", as: mx1, database: "fleet") == "t\n")
        }
    }

    @Test("a name that SQL, a certificate or pg_ident.conf may read otherwise is no login's") func names() {
        for name in ["", "MX1", "mx1;", "mx1'", "mx 1", "-mx", ".mx", "mx\"1", "mx\n1", "mx,O=x", String(repeating: "a", count: 56)] {
            #expect(DatabaseLogin(.relay, named: name) == nil && DatabaseLogin(.console, named: name) == nil, "\(name)")
            #expect(name.count == 56 || FleetSchema(fleet: name) == nil, "\(name)")
        }
        #expect(DatabaseLogin(.relay, named: String(repeating: "a", count: 55))?.role.utf8.count == 61)
        #expect(FleetSchema(fleet: String(repeating: "a", count: 64)) == nil)
    }
}

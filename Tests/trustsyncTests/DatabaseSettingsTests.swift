import FleetCarrier
import Postgres
import Testing

@Suite("Where a database is, as join takes it and libpq reads it")
struct DatabaseSettingsTests {
    @Test(
        "what is written into fleet.conf is read by libpq, with the user put in",
        arguments: [
            "host=db.example.org dbname=fleet", "  dbname=fleet   host=db1,db2 port=5432,5433 ",
            "hostaddr=2001:db8::1 host=db dbname=fleet",
            "host=/run/postgresql dbname=fleet",
        ])
    func agreement(text: String) throws {
        var settings = try DatabaseSettings(text)
        settings.user = "relay_mx1.example.org"
        let read = try PostgresPlace(settings.text)
        #expect(try read == PostgresPlace(text + " user=relay_mx1.example.org"))
        #expect(read.hosts.allSatisfy { $0["user"] == "relay_mx1.example.org" && $0["dbname"] == "fleet" })
        #expect(try DatabaseSettings(settings.text) == settings)
        #expect(settings.isLocal == text.contains("/run"))
    }

    @Test(
        "the attack: further settings, quotation marks and line ends",
        arguments: [
            "password=x", "passfile=/x", "sslmode=disable", "options=-cx", "service=x", "user='a b'", "port=5432\npoll=1s",
            "port=5432\u{0}",
            "port=\\5432", "port", "port=", "host=other", "port = 5432", "port=5432\tuser=x", "port=1\u{A0}2",
        ])
    func refused(more: String) {
        #expect(throws: DatabaseSettings.Fault.self) { try DatabaseSettings("host=db dbname=fleet \(more)") }
    }

    @Test("host and dbname are needed")
    func missing() {
        #expect(throws: DatabaseSettings.Fault.missing("host")) { try DatabaseSettings("dbname=fleet") }
        #expect(throws: DatabaseSettings.Fault.missing("dbname")) { try DatabaseSettings("host=db") }
        #expect(throws: DatabaseSettings.Fault.self) { try DatabaseSettings("host=db dbname=" + String(repeating: "x", count: 1_000)) }
    }
}

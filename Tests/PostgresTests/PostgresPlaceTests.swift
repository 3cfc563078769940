import Postgres
import Testing

@Suite("Where a database is")
struct PostgresPlaceTests {
    @Test("each host is a connection of its own, with its port") func hosts() throws {
        let place = try PostgresPlace("host=db1.example.org,db2.example.org port=5432,5433 dbname=fleet user=relay_mx7")
        let common = ["dbname": "fleet", "user": "relay_mx7"]
        #expect(
            place.hosts == [
                common.merging(["host": "db1.example.org", "port": "5432"]) { $1 },
                common.merging(["host": "db2.example.org", "port": "5433"]) { $1 },
            ])
        #expect(try PostgresPlace("host=a,b port=1 dbname=d user=u").hosts.map { $0["port"] } == ["1", "1"])
        #expect(try PostgresPlace("host=a dbname=d user=u").hosts == [["host": "a", "dbname": "d", "user": "u"]])
        #expect(
            try PostgresPlace("host=a,b hostaddr=192.0.2.1,192.0.2.2 dbname=d user=u").hosts.map { $0["hostaddr"] } == [
                "192.0.2.1", "192.0.2.2",
            ])
        #expect(try PostgresPlace("hostaddr=192.0.2.1 dbname='my fleet' user=u").hosts[0]["dbname"] == "my fleet")
    }

    @Test(
        "what opens a file, another service or a server's option is refused",
        arguments: ["passfile", "service", "options", "sslmode", "sslkey", "sslrootcert", "password", "krbsrvname", "replication"])
    func notAllowed(key: String) {
        #expect(throws: PostgresPlace.Fault.notAllowed(key)) { try PostgresPlace("host=a dbname=d user=u \(key)=disable") }
    }

    @Test("what is missing or cannot be read is named")
    func faults() {
        #expect(throws: PostgresPlace.Fault.missing("host")) { try PostgresPlace("dbname=d user=u") }
        #expect(throws: PostgresPlace.Fault.missing("host")) { try PostgresPlace("host=a,,b dbname=d user=u") }
        #expect(throws: PostgresPlace.Fault.missing("dbname")) { try PostgresPlace("host=a user=u") }
        #expect(throws: PostgresPlace.Fault.missing("user")) { try PostgresPlace("host=a dbname=d") }
        #expect(throws: PostgresPlace.Fault.differentNumbers) { try PostgresPlace("host=a,b port=1,2,3 dbname=d user=u") }
        #expect(throws: PostgresPlace.Fault.self) { try PostgresPlace("nonsense") }
        #expect(throws: PostgresPlace.Fault.self) { try PostgresPlace("host=a dbname='d user=u") }
    }
}

import FleetCarrier
import TrustTestSupport

/// A database `fleet` on a PostgreSQL of its own, with two relays, mx1 and mx2, and the console of alice.
struct FleetDatabaseScene {
    let server: PrivatePostgres
    let folder: SceneFolder

    /// The role of a login that is named shortly.
    func role(_ short: String) -> String { Self.login(short)?.role ?? short }

    static func login(_ short: String) -> DatabaseLogin? {
        short == "alice" ? DatabaseLogin(.console, named: short) : DatabaseLogin(.relay, named: "\(short).example.org")
    }

    static func run(
        port: Int? = nil, settings: String = "", access: String = "", mapping: String = "", in given: SceneFolder? = nil,
        _ body: (FleetDatabaseScene) throws -> Void
    ) throws {
        let folder = try given ?? SceneFolder()
        defer { if given == nil { folder.remove() } }
        var server = try PrivatePostgres(port: port, settings: settings, access: access, mapping: mapping, in: folder)
        defer { try? server.stop() }
        try server.must("CREATE DATABASE fleet")
        guard let schema = FleetSchema(fleet: "example-mail") else { throw NothingCame(description: "no schema") }
        try server.must(schema.text, database: "fleet")
        for short in ["mx1", "mx2", "alice"] { try server.must(login(short)?.creation ?? "", database: "fleet") }
        try body(FleetDatabaseScene(server: server, folder: folder))
    }
}

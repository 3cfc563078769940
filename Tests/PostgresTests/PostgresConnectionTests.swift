import Glibc
import Postgres
import Testing
import TrustTestSupport

@Suite("A connection to a real PostgreSQL")
struct PostgresConnectionTests {
    /// Runs `body` with a server and the settings that reach it over its socket.
    private func withServer(_ body: (PrivatePostgres, PostgresPlace.Settings) throws -> Void) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        var server = try PrivatePostgres(in: folder)
        defer { try? server.stop() }
        try body(server, ["host": folder("postgres"), "user": "postgres", "dbname": "postgres"])
    }

    private func failure<Value: ~Copyable>(_ body: () throws -> Value) -> PostgresFailure? {
        do {
            _ = try body()
            return nil
        } catch { return error as? PostgresFailure }
    }

    private func number(_ statement: String, _ connection: inout PostgresConnection) throws -> Int64? {
        let answer = try connection.ask(statement)
        return answer.number(0, 0)
    }

    @Test("every kind of value goes there and comes back as it was") func values() throws {
        try withServer { _, settings in
            var connection = try PostgresConnection(to: settings, within: .seconds(30))
            #expect(connection.serverVersion >= 150_000)
            let every = (0...255).map(UInt8.init)
            let answer = try connection.ask(
                "SELECT $1::bytea, $2::bytea, $3::text, $4::bigint, $5::boolean, $6::bytea, ($7::bytea[])[2], cardinality($7::bytea[]), 7::smallint",
                [.bytes(every), .bytes([]), .text("ü\\\"{},'"), .number(.min), .flag(true), .null, .list([[], every, [0]])])
            #expect(answer.count == 1)
            #expect(answer.bytes(0, 0) == every && answer.bytes(0, 1) == [] && answer.text(0, 2) == "ü\\\"{},'")
            #expect(answer.number(0, 3) == .min && answer.flag(0, 4) == true && answer.bytes(0, 5) == nil)
            #expect(answer.bytes(0, 6) == every && answer.number(0, 7) == 3 && answer.number(0, 8) == 7)
            // Beyond the end is nothing.
            #expect(answer.bytes(1, 0) == nil && answer.bytes(0, 9) == nil && answer.bytes(-1, 0) == nil && answer.number(0, 0) == nil)
            let empty = try connection.ask("SELECT cardinality($1::bytea[])", [.list([])])
            #expect(empty.number(0, 0) == 0)
        }
    }

    @Test("four mebibytes go there and come back") func large() throws {
        try withServer { _, settings in
            var connection = try PostgresConnection(to: settings, within: .seconds(30))
            let many = [UInt8](repeating: 0xA5, count: 4 << 20)
            let answer = try connection.ask("SELECT $1::bytea, sha256($1::bytea)", [.bytes(many)], within: .seconds(60))
            #expect(answer.bytes(0, 0) == many && answer.bytes(0, 1)?.count == 32)
        }
    }

    @Test("a refusal has its SQLSTATE, and the connection goes on") func refusal() throws {
        try withServer { _, settings in
            var connection = try PostgresConnection(to: settings, within: .seconds(30))
            let refusal = try #require(failure { try connection.ask("SELECT 1/0") })
            #expect(refusal.state == "22012" && refusal.description.hasPrefix("refused (22012): "), "\(refusal)")
            #expect(try number("SELECT 42", &connection) == 42)
        }
    }

    @Test("a stranger's words in a server's message cannot move a terminal's cursor") func hostileMessage() throws {
        try withServer { _, settings in
            var connection = try PostgresConnection(to: settings, within: .seconds(30))
            let raise = #"DO $$ BEGIN RAISE EXCEPTION E'\x1b[2J\u202Eevil\nnext line'; END $$"#
            let text = try #require(failure { try connection.ask(raise) }).description
            #expect(text.contains("evil; next line") && !text.contains("\u{1B}") && !text.contains("\u{202E}"), "\(text)")
        }
    }

    @Test("a login that the server does not let in is told from a server that is away") func logins() throws {
        try withServer { _, settings in
            for wrong in [
                settings.merging(["user": "nobody-of-that-name"]) { $1 }, settings.merging(["dbname": "no such database"]) { $1 },
            ] {
                let refusal = failure { try PostgresConnection(to: wrong, within: .seconds(30)) }
                #expect(refusal?.isLoginRefused == true, "\(String(describing: refusal))")
            }
            let away = failure { try PostgresConnection(to: settings.merging(["host": "/nowhere"]) { $1 }, within: .seconds(30)) }
            #expect(away != nil && away?.state == nil && away?.isLoginRefused == false, "\(String(describing: away))")
        }
    }

    @Test("what another session notifies comes in order, also while an answer is awaited") func notifications() throws {
        try withServer { server, settings in
            var connection = try PostgresConnection(to: settings, within: .seconds(30))
            _ = try connection.ask("LISTEN one")
            let payload = String(repeating: "x", count: 7_900)
            try server.must("SELECT pg_notify('one', 'first'); SELECT pg_notify('one', '\(payload)'); NOTIFY other, 'not heard'")
            #expect(try number("SELECT 1", &connection) == 1)
            try server.must("NOTIFY one, 'last'")
            var heard: [PostgresNotification] = []
            try waitUntil("three are heard") {
                var one = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
                poll(&one, 1, 100)
                heard += try connection.notifications()
                return heard.count >= 3
            }
            #expect(heard.map(\.payload) == ["first", payload, "last"] && heard.allSatisfy { $0.channel == "one" })
        }
    }

    @Test("a server that hangs is noticed by the time limit of a question; TCP would not notice") func hangs() throws {
        try withServer { server, settings in
            var connection = try PostgresConnection(to: settings, within: .seconds(30))
            let backend = try #require(try number("SELECT pg_backend_pid()", &connection))
            kill(pid_t(backend), SIGSTOP)
            defer { kill(pid_t(backend), SIGCONT) }
            let silence = failure { try connection.ask("SELECT 1", within: .milliseconds(300)) }
            #expect(silence == .noAnswer(to: "SELECT 1", within: .milliseconds(300)))
        }
    }

    @Test("a first host that is silent takes the time that it is given, and not more") func silentHost() throws {
        // A socket that listens and whose queue is full answers nothing.
        let port = try LoopbackPort.free()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        #expect(LoopbackPort.bind(listener, to: port) && listen(listener, 4) == 0)
        let settings = ["hostaddr": "127.0.0.1", "port": "\(port)", "user": "x", "dbname": "x"]
        let silence = failure { try PostgresConnection(to: settings, within: .milliseconds(300)) }
        #expect(silence == .noAnswer(to: "the connection", within: .milliseconds(300)))
    }

    @Test("a connection that ends is lost, and not a refusal") func ends() throws {
        try withServer { server, settings in
            var connection = try PostgresConnection(to: settings, within: .seconds(30))
            let backend = try #require(try number("SELECT pg_backend_pid()", &connection))
            try server.must("SELECT pg_terminate_backend(\(backend), 10000)")
            let end = failure { try connection.ask("SELECT 1") }
            #expect(end != nil && end?.state == nil && end?.description.contains("terminat") == true, "\(String(describing: end))")
        }
    }
}

import CPostgres
import Glibc
import TrustCore

/// One connection to a PostgreSQL server, on which nothing waits without a time limit.
///
/// Asynchronous calls of libpq alone: a server that hangs, or a way that swallows what is sent, is not noticed by TCP for minutes. The
/// exception is the look-up of a host's name, which libpq leaves to the resolver; `hostaddr` avoids it.
package struct PostgresConnection: ~Copyable {
    /// Ends the connection when it goes, also one that was never made. Not private: a release build of another target, which destroys a
    /// connection, would not find its metadata.
    package struct Handle: ~Copyable {
        fileprivate let pointer: OpaquePointer

        deinit { PQfinish(pointer) }
    }

    private let handle: Handle
    private var connection: OpaquePointer { handle.pointer }
    /// What came while something else was awaited.
    private var heard: [PostgresNotification] = []

    /// Connects, or throws. `settings` are PQconnectStartParams' keywords; one host.
    package init(to settings: PostgresPlace.Settings, within limit: Duration) throws(PostgresFailure) {
        let pairs = settings.sorted { $0.key < $1.key }
        let started = Self.withCStrings(pairs.map(\.key)) { keys in
            Self.withCStrings(pairs.map(\.value)) { values in PQconnectStartParams(keys, values, 0) }
        }
        guard let started else { throw .lost(text: "out of memory") }
        let handle = Handle(pointer: started)
        // Verbose: the only way in which the SQLSTATE of a refused login is told.
        PQsetErrorVerbosity(handle.pointer, PQERRORS_VERBOSE)
        PQsetNoticeProcessor(handle.pointer, { _, _ in }, nil)
        let end = ContinuousClock.now + limit
        var next = PQstatus(handle.pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while next != PGRES_POLLING_OK {
            guard next != PGRES_POLLING_FAILED else { throw .connecting(Self.message(handle.pointer)) }
            guard Self.wait(handle.pointer, for: next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: end) else {
                throw .noAnswer(to: "the connection", within: limit)
            }
            next = PQconnectPoll(handle.pointer)
        }
        PQsetErrorVerbosity(handle.pointer, PQERRORS_DEFAULT)
        guard PQsetnonblocking(handle.pointer, 1) == 0 else { throw .lost(text: Self.message(handle.pointer).oneLine) }
        self.handle = handle
    }

    /// What to poll for reading, besides other things, until something comes. It does not change while the connection lives.
    package var descriptor: CInt { PQsocket(connection) }
    /// The server's process, as it was said at the start. A pooler says a number of its own.
    package var serverProcess: Int { Int(PQbackendPID(connection)) }
    /// E.g. 150018.
    package var serverVersion: Int { Int(PQserverVersion(connection)) }

    /// The answer to one statement, whose parameters are `$1`, `$2` and so on.
    package mutating func ask(
        _ statement: String, _ values: [PostgresValue] = [], within limit: Duration = .seconds(10)
    ) throws(PostgresFailure) -> PostgresAnswer {
        let end = ContinuousClock.now + limit
        guard send(statement, values) else { throw lost }
        var first: OpaquePointer?
        while true {
            do throws(PostgresFailure) {
                try untilReadable(statement, until: end, limit)
            } catch {
                PQclear(first)
                throw error
            }
            guard let result = PQgetResult(connection) else { break }
            // A connection that ends says so in a second result.
            if first == nil || PQresultStatus(result) == PGRES_FATAL_ERROR {
                PQclear(first)
                first = result
            } else {
                PQclear(result)
            }
        }
        gatherNotifications()
        guard let first else { throw lost }
        switch PQresultStatus(first) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: return PostgresAnswer(first)
        default:
            defer { PQclear(first) }
            let state = PQresultErrorField(first, cpostgres_diag_sqlstate).map { String(cString: $0) }
            let text = PQresultErrorMessage(first).map { String(cString: $0).oneLine } ?? ""
            guard let state, PQstatus(connection) == CONNECTION_OK else { throw .lost(text: text) }
            throw .refused(state: state, text: text)
        }
    }

    /// All notifications that have come until now; does not wait.
    package mutating func notifications() throws(PostgresFailure) -> [PostgresNotification] {
        guard PQconsumeInput(connection) == 1 else { throw lost }
        gatherNotifications()
        defer { heard = [] }
        return heard
    }

    /// Sleeps until the server says something, at most for that time.
    package func wait(for time: Duration) { _ = Self.wait(connection, for: POLLIN, until: .now + time) }

    private var lost: PostgresFailure { .lost(text: Self.message(connection).oneLine) }

    private func send(_ statement: String, _ values: [PostgresValue]) -> Bool {
        let wires = values.map(\.wire)
        var all: [UInt8] = []
        var starts: [Int] = []
        for wire in wires {
            starts.append(all.count)
            all += wire.bytes ?? []
        }
        // Never empty: an address is wanted also for a parameter of no bytes.
        all.append(0)
        let lengths = wires.map { CInt($0.bytes?.count ?? 0) }
        let formats: [CInt] = wires.map { $0.isBinary ? 1 : 0 }
        return all.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                let pointers = zip(wires, starts).map { wire, start in wire.bytes == nil ? nil : bytes.baseAddress.map { $0 + start } }
                return PQsendQueryParams(connection, statement, CInt(values.count), nil, pointers, lengths, formats, 1) == 1
            }
        }
    }

    /// Sends what is still to be sent, and reads until a result is there.
    private func untilReadable(_ statement: String, until end: ContinuousClock.Instant, _ limit: Duration) throws(PostgresFailure) {
        while true {
            let unsent = PQflush(connection)
            guard unsent >= 0 else { throw lost }
            if unsent == 0, PQisBusy(connection) == 0 { return }
            guard Self.wait(connection, for: unsent == 1 ? POLLIN | POLLOUT : POLLIN, until: end) else {
                throw .noAnswer(to: statement, within: limit)
            }
            guard PQconsumeInput(connection) == 1 else { throw lost }
        }
    }

    private mutating func gatherNotifications() {
        while let one = PQnotifies(connection) {
            heard.append(.init(channel: String(cString: one.pointee.relname), payload: String(cString: one.pointee.extra)))
            PQfreemem(one)
        }
    }

    /// Whether it became ready before `end`.
    private static func wait(_ connection: OpaquePointer, for events: CInt, until end: ContinuousClock.Instant) -> Bool {
        while true {
            let left = max(end - .now, .zero)
            let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
            var one = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            let ready = poll(&one, 1, CInt(clamping: milliseconds + 1))
            if ready > 0 { return true }
            if ready == 0 || errno != EINTR { return false }
        }
    }

    private static func message(_ connection: OpaquePointer) -> String { PQerrorMessage(connection).map { String(cString: $0) } ?? "" }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return (copies.map { $0.map { UnsafePointer($0) } } + [nil]).withUnsafeBufferPointer { list in
            // Not empty, so it has an address.
            list.baseAddress.map(body) ?? withUnsafePointer(to: nil, body)
        }
    }
}

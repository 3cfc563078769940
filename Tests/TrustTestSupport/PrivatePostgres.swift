import Glibc

/// A PostgreSQL of a test's own: the Debian package's programs, with its data and its socket in the test's folder. Nobody outside reaches
/// it, but with `port` over loopback.
package struct PrivatePostgres: Sendable {
    /// With its socket in it: the `host` of a connection.
    package let folder: String
    package let port: Int
    private var process: ProgramRun?
    private let binaries: String

    /// The newest version's programs that are installed.
    package static var binaries: String? {
        File.names(in: "/usr/lib/postgresql").compactMap(Int.init).max().map { "/usr/lib/postgresql/\($0)/bin" }
    }

    /// Makes one and starts it. `settings` and `access` are further lines of postgresql.conf and pg_hba.conf; `mapping` is pg_ident.conf.
    package init(
        _ name: String = "postgres", port: Int? = nil, settings: String = "", access: String = "", mapping: String = "",
        in scene: SceneFolder
    ) throws {
        guard let binaries = Self.binaries else { throw NothingCame(description: "no PostgreSQL is installed") }
        self.binaries = binaries
        self.port = port ?? 5432
        folder = scene(name)
        try scene.makeFolder(name, owner: .postgres)
        let made = try ProgramRun.run(
            "setpriv",
            Self.asPostgres + [
                "\(binaries)/initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
                "--pgdata=\(folder)/data",
            ])
        guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        try File.append(
            "\(folder)/data/postgresql.conf",
            """
            listen_addresses = '\(port == nil ? "" : "127.0.0.1")'
            port = \(self.port)
            unix_socket_directories = '\(folder)'
            fsync = off
            shared_buffers = 16MB
            \(settings)

            """)
        try File.write(
            "\(folder)/data/pg_hba.conf", "local all all trust\nlocal replication all trust\n" + access, mode: 0o600, owner: .postgres)
        try File.write("\(folder)/data/pg_ident.conf", mapping, mode: 0o600, owner: .postgres)
        try start()
    }

    /// On the data that is there. After a death without a goodbye the old processes may still hold its memory.
    package mutating func start() throws {
        for attempt in 1...100 {
            let process = try ProgramRun(starting: "setpriv", Self.asPostgres + ["\(binaries)/postgres", "-D", "\(folder)/data"])
            self.process = process
            let here = self
            try waitUntil("PostgreSQL answers, or has ended") { try !process.isRunning || here.psql("SELECT 1").exitCode == 0 }
            if process.isRunning { return }
            let ended = try process.wait()
            guard attempt < 100, ended.errors.contains("pre-existing shared memory block") || ended.errors.contains("lock file") else {
                throw NothingCame(description: "\(ended)")
            }
            usleep(50_000)
        }
    }

    /// What a standby has now: a copy that is not started. Whatever is committed from now on, it does not have.
    package func copied(as name: String, in scene: SceneFolder) throws -> PrivatePostgres {
        try scene.makeFolder(name, owner: .postgres)
        let copy = PrivatePostgres(folder: scene(name), port: port, process: nil, binaries: binaries)
        let made = try ProgramRun.run(
            "setpriv",
            Self.asPostgres + [
                "\(binaries)/pg_basebackup", "--no-sync", "--checkpoint=fast", "--host=\(folder)", "--port=\(port)", "--username=postgres",
                "--pgdata=\(copy.folder)/data",
            ])
        guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        try File.append("\(copy.folder)/data/postgresql.conf", "unix_socket_directories = '\(copy.folder)'\nlisten_addresses = ''\n")
        try File.write("\(copy.folder)/data/standby.signal", "", mode: 0o600, owner: .postgres)
        return copy
    }

    /// A copy becomes a primary.
    package mutating func promote() throws {
        try start()
        try must("SELECT pg_promote()")
    }

    private init(folder: String, port: Int, process: ProgramRun?, binaries: String) {
        (self.folder, self.port, self.process, self.binaries) = (folder, port, process, binaries)
    }

    private static let asPostgres = [
        "--reuid=\(Owner.postgres.uid)", "--regid=\(Owner.postgres.gid)", "--clear-groups", "--",
    ]

    /// Ends its sessions and it. Waits for the end.
    package mutating func stop() throws { try end(SIGINT) }

    /// kill -9 of the server's first process: the others notice it and end.
    package mutating func kill() throws { try end(SIGKILL) }

    private mutating func end(_ signal: CInt) throws {
        guard let process else { return }
        self.process = nil
        process.send(signal)
        try process.wait(timeout: .seconds(30))
    }

    /// `text` as `psql` runs it, as this role, over the socket. Every session ends by itself.
    @discardableResult
    package func psql(
        _ text: String, as role: String = "postgres", database: String = "postgres", options: [String] = []
    ) throws -> ProgramRun.Outcome {
        try psql(text, at: "host=\(folder) port=\(port) user=\(role) dbname=\(database)", options: options)
    }

    /// The same over the connection that `place` says.
    @discardableResult
    package func psql(_ text: String, at place: String, options: [String] = []) throws -> ProgramRun.Outcome {
        try ProgramRun.run(
            "\(binaries)/psql",
            ["--no-psqlrc", "--no-align", "--tuples-only", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1"] + options + [
                "\(place) connect_timeout=10"
            ],
            environment: ["PGOPTIONS": "-c lock_timeout=10s -c statement_timeout=600s"], input: text, timeout: .seconds(700))
    }

    /// The same; fails when psql does.
    @discardableResult
    package func must(_ text: String, as role: String = "postgres", database: String = "postgres") throws -> String {
        let outcome = try psql(text, as: role, database: database)
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        return outcome.output
    }
}

import Foundation
import Glibc
import TrustTestSupport

/// A fleet's database on a real PostgreSQL, and hosts with trustsync. The hosts are consoles: no Exim is wanted to see what is carried.
struct SyncScene {
    let folder: SceneFolder
    let server: PrivatePostgres
    let key: String
    private(set) var hosts: [SyncHost] = []

    /// `places` are the `host=…` of each host's connection; nil: the server's socket.
    static func run(_ names: [String] = ["h1", "h2"], poll: String = "60m", _ body: (inout SyncScene) throws -> Void) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        var server = try PrivatePostgres(in: folder)
        defer { try? server.stop() }
        try server.must("CREATE DATABASE fleet")
        let key = folder("key.pub")
        _ = try ProgramRun.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "root@safe", "-f", folder("key")]).done()
        let made = try ProgramRun.run(
            BuiltPrograms.trustctl, ["fleet", "init", "example-mail", "--key", key, "--output", folder("genesis.pack")]
        ).done()
        let genesis = made.genesis
        try sql(["--name", "example-mail"], on: server)
        var scene = SyncScene(folder: folder, server: server, key: key)
        for name in names {
            try sql(["--console", name], on: server)
            let host = try SyncHost(name, in: folder)
            _ = try host.operator.start(
                ["fleet", "join", folder("genesis.pack"), "--genesis", genesis, "--head", genesis, "--yes"]
            ).wait().done()
            // As the package's group may read it.
            chown(host("ledger/fleet/out/decisions"), 0, Owner.daemon.gid)
            try host.connect(to: server.folder, poll: poll)
            scene.hosts.append(host)
        }
        try body(&scene)
    }

    /// What trustctl prints goes through psql, as a superuser.
    static func sql(_ options: [String], on server: PrivatePostgres) throws {
        let printed = try ProgramRun.run(BuiltPrograms.trustctl, ["fleet", "sql"] + options).done()
        try server.must(printed.output, database: "fleet")
    }

    /// The digests in the database.
    func digests(on other: PrivatePostgres? = nil) throws -> [String] {
        try (other ?? server).must("SELECT upper(encode(digest, 'hex')) FROM trust.decision ORDER BY 1", database: "fleet")
            .split(separator: "\n").map(String.init)
    }

    /// Whether it is the last decision there.
    func isHead(_ digest: String, on host: SyncHost) throws -> Bool {
        try host.operator.start(["fleet", "status"]).wait().output.contains("head      \(digest.prefix(16))")
    }

    /// Signs an approval on a host, and keeps it there; its digest.
    @discardableResult
    func approve(_ number: Int, on host: SyncHost, _ more: [String] = []) throws -> String {
        let digits = String(repeating: "0", count: 56) + String(10_000_000 + number)
        let signed = try host.operator.start(["approve", digits, "--sign-with", key, "--yes"] + more).wait().done()
        let words = signed.errors.split { $0.isWhitespace }.map(String.init)
        return words.first { $0.count == 64 && $0.allSatisfy { $0.isHexDigit } && $0 != digits } ?? ""
    }

    /// The same, but signed only: it is put into the outbox, as `approve` without root would.
    func approveToOutbox(_ number: Int, on host: SyncHost) throws -> String {
        let file = folder("signed-\(number)")
        let digest = try approve(number, on: host, ["--output", file])
        rename(file, host("trustsync/outbox/\(digest)"))
        return digest
    }
}

/// A host of a fleet with trustsync.
struct SyncHost {
    let name: String
    private let folder: SceneFolder
    let `operator`: Operator

    init(_ name: String, in folder: SceneFolder) throws {
        (self.name, self.folder) = (name, folder)
        `operator` = Operator(settings: folder("\(name)/etc/trustd.conf"))
        for part in ["", "/etc", "/state", "/trustsync"] { try folder.makeFolder(name + part) }
        for part in ["inbox", "outbox", "state"] { try folder.makeFolder("\(name)/trustsync/\(part)", owner: .daemon) }
        try folder.write(
            "\(name)/etc/trustd.conf",
            """
            state = \(self("state"))
            ledger = \(self("ledger"))
            list = \(self("etc/list"))
            certificates = \(self("etc/certs"))

            """)
    }

    func callAsFunction(_ file: String) -> String { folder("\(name)/\(file)") }

    /// `place`: one `host`, or several with commas between them.
    func connect(to place: String, poll: String = "60m", role: String? = nil, port: Int? = nil) throws {
        let file = "\(name)/etc/fleet.conf"
        let kept = try folder.read(file).split(separator: "\n").filter { !$0.hasPrefix("database") && !$0.hasPrefix("poll") }
        let port = port.map { " port=\($0)" } ?? ""
        let lines = ["database = host=\(place)\(port) dbname=fleet user=\(role ?? "console_\(name)")", "poll = \(poll)"]
        try folder.write(file, (kept.map(String.init) + lines).joined(separator: "\n") + "\n")
    }

    /// Without privileges, as under its unit.
    func start(_ prefix: [String] = [], _ options: [String] = []) throws -> ProgramRun {
        let command = prefix + TrustDaemon.withoutPrivileges + [BuiltPrograms.trustsync, "--config", `operator`.settings] + options
        return try ProgramRun(starting: command[0], Array(command.dropFirst()))
    }

    /// Runs it while `body` runs, and ends it as the service manager does.
    func following(_ body: (ProgramRun) throws -> Void) throws {
        let run = try start()
        defer {
            run.send(SIGTERM)
            _ = try? run.wait()
        }
        try body(run)
    }

    @discardableResult
    func once() throws -> ProgramRun.Outcome { try start([], ["--once"]).wait() }

    var packs: [String] { File.names(in: self("trustsync/inbox")).filter { $0.hasSuffix(".pack") }.sorted() }
    var outbox: [String] { File.names(in: self("trustsync/outbox")).sorted() }
    var status: String { (try? File.read(self("trustsync/state/status"))) ?? "" }

    /// Does what root does with the inbox.
    func takeInbox() throws {
        for pack in packs {
            _ = try `operator`.trustctl("fleet", "import", self("trustsync/inbox/\(pack)"), "--keep-only")
            unlink(self("trustsync/inbox/\(pack)"))
        }
    }

    /// Whether root has this decision.
    func has(_ digest: String) throws -> Bool {
        try `operator`.start(["fleet", "status", "--json"]).wait().output.contains(digest)
    }

    func waitUntilIts(_ digest: String) throws {
        try waitUntil("\(digest) comes to \(name); \(status)") {
            try takeInbox()
            return try has(digest)
        }
    }

    func waitUntilStatus(_ text: String) throws { try waitUntil("status has \(text): \(status)") { status.contains(text) } }
}

import Glibc
import TrustCore
import TrustTestSupport

/// Three relays, two consoles, a database and its standby, each on a host of its own with wires between them, that can be cut. The relays have
/// Exim, trustd and trustsync; alice and bob decide at their consoles with keys of their own. All connections to the database are TLS with
/// certificates.
struct WiredFleet {
    let network: TestNetwork
    let folder: SceneFolder
    let papers: DatabasePapers
    let relays: [RelayScene]
    let consoles: [String: SyncHost]
    private(set) var servers: [String: PrivatePostgres]
    private var running: [ProgramRun] = []

    static let members = ["mx1", "mx2", "mx3"]
    private static let people = ["alice", "bob"]

    static func run(_ body: (inout WiredFleet) throws -> Void) throws {
        try TestNetwork.run(["db1", "db2"] + members + people) { network in
            try start(members, [], on: network) { relays in
                let folder = relays[0].folder
                let papers = try DatabasePapers(for: ["db1.example.org", "db2.example.org"], in: folder)
                var first = try network.on("db1") { try makeServer(network, papers, in: folder) }
                defer { try? first.stop() }
                var second = try network.on("db2") { try makeStandby(of: first, network, in: folder) }
                defer { try? second.stop() }
                let consoles = try people.map { ($0, try SyncHost($0, in: folder)) }
                var fleet = WiredFleet(
                    network: network, folder: folder, papers: papers, relays: relays, consoles: .init(uniqueKeysWithValues: consoles),
                    servers: ["db1": first, "db2": second])
                defer { fleet.end() }
                try fleet.found()
                try body(&fleet)
                (first, second) = (fleet.servers["db1"] ?? first, fleet.servers["db2"] ?? second)
            }
        }
    }

    /// Their Exims and trustds, each on its host.
    private static func start(
        _ names: [String], _ relays: [RelayScene], on network: TestNetwork, _ body: ([RelayScene]) throws -> Void
    ) throws {
        guard let name = names.first else { return try body(relays) }
        try network.on(name) {
            try RelayScene.run { relay in
                let daemon = try relay.startDaemon()
                defer { try? daemon.stop() }
                try start(Array(names.dropFirst()), relays + [relay], on: network, body)
            }
        }
    }
}

// The database
extension WiredFleet {
    private static let port = 5432
    private static func makeServer(
        _ network: TestNetwork, _ papers: DatabasePapers, in folder: SceneFolder
    ) throws -> PrivatePostgres {
        let server = try PrivatePostgres(
            "db1", settings: papers.settings + "listen_addresses = '*'\nwal_retrieve_retry_interval = 500ms\n",
            access: DatabasePapers.access + "host replication postgres \(network.address(of: "db2"))/32 trust\n",
            mapping: DatabasePapers.mapping, in: folder)
        try server.must("CREATE DATABASE fleet")
        try SyncScene.sql(["--name", "example-mail"], on: server)
        for name in members { try SyncScene.sql(["--member", name], on: server) }
        for name in people { try SyncScene.sql(["--console", name], on: server) }
        return server
    }

    /// It follows the first one over the wire.
    private static func makeStandby(of first: PrivatePostgres, _ network: TestNetwork, in folder: SceneFolder) throws -> PrivatePostgres {
        var standby = try first.copied(as: "db2", in: folder)
        try File.append(
            "\(standby.folder)/data/postgresql.conf",
            """
            listen_addresses = '*'
            primary_conninfo = 'host=\(network.address(of: "db1")) port=\(port) user=postgres connect_timeout=2'

            """)
        try standby.start()
        return standby
    }

    private var place: String {
        "host=db1.example.org,db2.example.org hostaddr=\(network.address(of: "db1")),\(network.address(of: "db2")) dbname=fleet"
    }

    /// kill -9.
    mutating func kill(_ name: String) throws { try servers[name]?.kill() }
    mutating func stop(_ name: String) throws { try servers[name]?.stop() }
    func promote(_ name: String) throws { try servers[name]?.must("SELECT pg_promote()") }

    func has(_ digest: String, in name: String) throws -> Bool {
        try servers[name]?.must("SELECT upper(encode(digest, 'hex')) FROM trust.decision", database: "fleet").contains(digest) ?? false
    }
}

// The hosts
extension WiredFleet {
    private mutating func found() throws {
        for name in ["root"] + Self.people {
            _ = try ProgramRun.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "\(name)@safe", "-f", folder("\(name).ssh")])
                .done()
        }
        let genesis = try ProgramRun.run(
            BuiltPrograms.trustctl, ["fleet", "init", "example-mail", "--key", key("root"), "--output", folder("genesis.pack")]
        ).done().genesis
        var lines: [[String]] = []
        for name in Self.members {
            try network.on(name) { lines.append(try join(relay(name).operator, ["--member", name], genesis, relay(name).folder("etc"))) }
        }
        for (name, host) in consoles {
            try network.on(name) { _ = try join(host.operator, ["--console", name], genesis, host("etc")) }
        }
        for name in Self.people { lines.append(["key", "add", key(name)]) }
        for line in lines {
            let said = try decide("alice", ["fleet"] + line, by: "root", patience: "0")
            // It waits for a trustsync: 0 while there is no member, 75 then.
            guard [0, 75].contains(said.exitCode) else { throw NothingCame(description: "\(said)") }
        }
        for name in Self.members + Self.people { try follow(name) }
        try waitUntilLive(at: Self.people)
    }

    /// As `fleet join` says: a request, the certificate of it, and both are laid in place. Returns the words behind `trustctl fleet` by which
    /// a console adds it.
    private func join(_ person: Operator, _ name: [String], _ genesis: String, _ settings: String) throws -> [String] {
        let words = ["fleet", "join", folder("genesis.pack"), "--genesis", genesis, "--head", genesis, "--yes"] + name
        let said = try person.start(words + ["--database", place]).wait().done()
        try papers.sign("\(settings)/fleet/client.csr", as: "\(settings)/client.pem")
        _ = try person.start(
            words + ["--database", place, "--database-ca", papers("ca.pem"), "--database-certificate", "\(settings)/client.pem"]
        ).wait().done()
        try File.append("\(settings)/fleet.conf", "poll = 1s\n")
        let line = said.output.split(separator: "\n").first { $0.contains("fleet member add") } ?? ""
        return line.split(separator: " ").drop { $0 != "member" }.map(String.init)
    }

    /// trustsync, and what the path unit does.
    private mutating func follow(_ name: String) throws {
        let (settings, inbox) =
            consoles[name].map { ($0.operator.settings, $0("trustsync/inbox")) }
            ?? (relay(name).operator.settings, relay(name).folder("trustsync/inbox"))
        if consoles[name] == nil {
            try relay(name).folder.makeFolder("trustsync")
            for part in ["inbox", "outbox", "state"] { try relay(name).folder.makeFolder("trustsync/\(part)") }
        }
        try network.on(name) {
            running.append(try ProgramRun(starting: BuiltPrograms.trustsync, ["--config", settings]))
            running.append(try CarriedFleet.startUnit(inbox, settings))
        }
    }

    private func end() {
        for run in running {
            run.send(SIGKILL)
            _ = try? run.wait()
        }
    }

    func relay(_ name: String) -> RelayScene { relays[Self.members.firstIndex(of: name) ?? 0] }
    func key(_ name: String) -> String { folder("\(name).ssh.pub") }

    /// A decision at a console, with that person's key.
    func decide(_ console: String, _ words: [String], by name: String? = nil, patience: String = "60") throws -> ProgramRun.Outcome {
        guard let host = consoles[console] else { throw NothingCame(description: "no console \(console)") }
        let yes = words.first == "fleet" ? [] : ["--yes"]
        return try network.on(console) {
            try host.operator.start(words + yes + ["--sign-with", key(name ?? console), "--wait-fleet", patience]).wait(
                timeout: .seconds(300))
        }
    }

    func status(at console: String) throws -> ProgramRun.Outcome {
        guard let host = consoles[console] else { throw NothingCame(description: "no console \(console)") }
        return try network.on(console) { try host.operator.start(["fleet", "status"]).wait() }
    }

    func waitUntilLive(at consoles: [String]) throws {
        for console in consoles {
            try waitUntil("all are live: \(String(describing: try? status(at: console)))", within: .seconds(120)) {
                try status(at: console).exitCode == 0
            }
        }
    }

    /// Exim's answers to this client, by relay.
    func replies(to client: ClientCertificate) throws -> [Int?] {
        try Self.members.map { name in try network.on(name) { try relay(name).reply(to: client) } }
    }

    func waitForReplies(_ wanted: [Int?], to client: ClientCertificate) throws {
        try waitUntil("\(wanted) is answered: \(String(describing: try? replies(to: client)))", within: .seconds(120)) {
            try replies(to: client) == wanted
        }
    }
}

import Glibc
import TrustTestSupport

/// A fleet of relays with real Exims and a console, on a real PostgreSQL: a trustsync on each host, and what comes into a relay's inbox is
/// made so at once, as its unit does it. Relays do not poll, and the console only if told: what comes in time, comes by notification.
struct CarriedFleet {
    let scene: FleetScene
    let console: SyncHost
    var server: PrivatePostgres
    private var running: [String: [ProgramRun]] = [:]

    /// `settings` are further lines of the console's fleet.conf; `rules` are how the relays' Exims trust, and `relayPoll` how often the relays
    /// look. All are live when `body` begins.
    static func run(
        _ count: Int = 3, poll: String = "60m", relayPoll: String = "60m", settings: String = "",
        rules: EximConfiguration.Rules? = nil, _ body: (inout CarriedFleet) throws -> Void
    ) throws {
        var configuration = EximConfiguration()
        if let rules { configuration.rules = rules }
        try FleetScene.founded(count, configuration) { scene in
            let folder = scene.relays[0].folder
            var server = try PrivatePostgres(in: folder)
            defer { try? server.stop() }
            try server.must("CREATE DATABASE fleet")
            try SyncScene.sql(["--name", "example-mail"], on: server)
            try SyncScene.sql(["--console", "console"], on: server)
            let console = try SyncHost("console", in: folder)
            let genesis = ["--genesis", scene.genesis, "--head", scene.genesis]
            try console.operator.start(["fleet", "join", try scene.export(0), "--yes"] + genesis).wait().done()
            try console.connect(to: server.folder, poll: poll)
            try File.append(console("etc/fleet.conf"), settings)
            var fleet = CarriedFleet(scene: scene, console: console, server: server)
            try fleet.start("console", ["--config", console.operator.settings])
            for number in scene.relays.indices {
                try fleet.connect(number, poll: relayPoll)
                try fleet.start(number)
            }
            try fleet.waitUntilLive()
            try body(&fleet)
            server = fleet.server
        }
    }

    private init(scene: FleetScene, console: SyncHost, server: PrivatePostgres) {
        (self.scene, self.console, self.server) = (scene, console, server)
    }

    private func connect(_ number: Int, poll: String) throws {
        let folder = scene.relays[number].folder
        try folder.makeFolder("trustsync")
        for part in ["inbox", "outbox", "state"] { try folder.makeFolder("trustsync/\(part)") }
        try SyncScene.sql(["--member", "mx\(number + 1)"], on: server)
        let place = "database = host=\(server.folder) dbname=fleet user=relay_mx\(number + 1)\npoll = \(poll)\n"
        try File.append(folder("etc/fleet.conf"), place)
    }

    private mutating func start(_ name: String, _ options: [String]) throws {
        running[name, default: []].append(try ProgramRun(starting: BuiltPrograms.trustsync, options))
    }

    /// What a path unit does.
    private static let unit = """
        while :; do
            if [ -n "$(ls -A "$2")" ]; then "$1" fleet apply --unit --config "$3"; fi >>"$2/../applied" 2>&1
            sleep 0.02
        done
        """

    mutating func start(_ number: Int) throws {
        let relay = scene.relays[number]
        let settings = relay.operator.settings
        try start("mx\(number + 1)", ["--config", settings])
        running["mx\(number + 1)"]?.append(try Self.startUnit(relay.folder("trustsync/inbox"), settings))
    }

    static func startUnit(_ inbox: String, _ settings: String) throws -> ProgramRun {
        try ProgramRun(starting: "sh", ["-c", unit, "sh", BuiltPrograms.trustctl, inbox, settings])
    }

    /// Nothing of this host is heard of any more.
    mutating func stop(_ name: String) throws {
        for run in running.removeValue(forKey: name) ?? [] {
            run.send(SIGKILL)
            _ = try run.wait()
        }
    }

    /// As the console's unit does it, then what it knows.
    func status(_ options: String...) throws -> ProgramRun.Outcome {
        _ = try console.operator.trustctl("fleet", "apply", "--unit")
        return try console.operator.start(["fleet", "status"] + options).wait()
    }

    func waitUntilLive() throws {
        try waitUntil("all are live: \(String(describing: try? status())) \(console.status)") { try status().exitCode == 0 }
    }

    var key: String { scene.key("alice@example.org") }

    /// By alice at the console. A busy machine may need longer than people wait.
    func decide(_ arguments: String...) throws -> ProgramRun.Outcome {
        let patience = arguments.contains("--wait-fleet") ? [] : ["--wait-fleet", "120"]
        return try console.operator.start(arguments + patience + ["--sign-with", key, "--yes"]).wait(timeout: .seconds(700))
    }
}

import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// Several relays, each with its own Exim, and operators with real keys. Decisions are carried by hand.
struct FleetScene {
    let relays: [RelayScene]
    private(set) var genesis = ""

    /// Builds the relays; no fleet yet.
    static func run(
        _ count: Int, _ configuration: EximConfiguration = EximConfiguration(), folderList: Bool = false,
        _ relays: [RelayScene] = [], _ body: (FleetScene) throws -> Void
    ) throws {
        if relays.count == count { return try body(FleetScene(relays: relays)) }
        try RelayScene.run(configuration) { relay in
            if folderList { _ = try relay.trustctl("setup", "--list", "folder", "--yes").done() }
            try run(count, configuration, folderList: folderList, relays + [relay], body)
        }
    }

    /// The same with a fleet `example-mail` of all of them, made by the admin root@safe, with the operator alice@example.org.
    static func founded(
        _ count: Int = 3, _ configuration: EximConfiguration = EximConfiguration(), folderList: Bool = false,
        _ body: (FleetScene) throws -> Void
    ) throws {
        try run(count, configuration, folderList: folderList) { scene in
            var scene = scene
            try scene.found()
            try body(scene)
        }
    }

    private mutating func found() throws {
        let admin = try makeKey("root@safe")
        let pack = relays[0].folder("genesis.pack")
        let made = try trustctl(["fleet", "init", "example-mail", "--key", admin, "--output", pack])
        adopt(made)
        for number in relays.indices {
            let joined = try join(number, pack)
            let line = joined.output.split(separator: "\n").first { $0.contains("member add") }
            let words = (line ?? "").split(separator: " ").drop { $0 != "fleet" }.map(String.init)
            _ = try relays[0].operator.start(words + ["--sign-with", admin]).wait().done()
        }
        _ = try relays[0].trustctl("fleet", "key", "add", try makeKey("alice@example.org"), "--sign-with", admin).done()
        try carryEverywhere(from: 0)
        if relays.count > 1 { for number in 1..<relays.count { try carry(from: number, to: 0) } }
    }

    /// Knows the fleet that `init` has made.
    mutating func adopt(_ made: ProgramRun.Outcome) { genesis = made.genesis }

    func join(_ number: Int, _ pack: String, _ more: [String] = []) throws -> ProgramRun.Outcome {
        try relays[number].operator.start(
            ["fleet", "join", pack, "--genesis", genesis, "--head", genesis, "--member", "mx\(number + 1)", "--yes"] + more
        ).wait().done()
    }

    /// trustctl without a relay's settings.
    @discardableResult
    func trustctl(_ arguments: [String]) throws -> ProgramRun.Outcome { try ProgramRun.run(BuiltPrograms.trustctl, arguments).done() }

    /// The public key of an operator, made by ssh-keygen(1).
    func makeKey(_ name: String, type: String = "ed25519") throws -> String {
        let file = relays[0].folder("\(name).key")
        _ = try ProgramRun.run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", name, "-f", file]).done()
        return file + ".pub"
    }

    func key(_ name: String) -> String { relays[0].folder("\(name).key.pub") }

    /// What somebody would carry on a stick.
    func export(_ number: Int, _ name: String = "stick") throws -> String {
        let pack = relays[0].folder("\(name).pack")
        let command = [BuiltPrograms.trustctl, "fleet", "export", "--config", relays[number].operator.settings]
        _ = try ProgramRun.run("sh", ["-c", "\"$@\" >\(pack)", "sh"] + command).done()
        return pack
    }

    @discardableResult
    func carry(from: Int, to: Int) throws -> ProgramRun.Outcome { try relays[to].trustctl("fleet", "import", try export(from)).done() }

    func carryEverywhere(from: Int) throws { for number in relays.indices where number != from { try carry(from: from, to: number) } }

    /// A console that has joined, and knows all that the first relay does; without Exim and database.
    func console() throws -> SyncHost {
        let console = try SyncHost("console", in: relays[0].folder)
        try console.operator.start(["fleet", "join", try export(0), "--genesis", genesis, "--head", genesis, "--yes"]).wait().done()
        return console
    }

    /// A decision on one relay, signed.
    func decide(_ number: Int, by name: String = "alice@example.org", _ arguments: String...) throws -> ProgramRun.Outcome {
        try relays[number].operator.start(arguments + ["--sign-with", key(name), "--yes"]).wait()
    }

    func replies(to client: ClientCertificate) throws -> [Int?] { try relays.map { try $0.reply(to: client) } }

    func reply(_ number: Int, _ client: ClientCertificate) throws -> Int? { try relays[number].reply(to: client) }

    func store(_ number: Int) -> [UInt8] {
        (try? Data(contentsOf: URL(fileURLWithPath: relays[number].folder("ledger/fleet/out/decisions")))).map(Array.init) ?? []
    }
}

extension ProgramRun.Outcome {
    /// The digest that `fleet init` prints: two rows of digits below its first line.
    var genesis: String { output.split(separator: "\n").dropFirst().prefix(2).joined().filter { !$0.isWhitespace } }

    /// Throws unless it ended well.
    @discardableResult
    func done() throws -> ProgramRun.Outcome {
        guard exitCode == 0 else { throw NothingCame(description: "\(self)") }
        return self
    }
}

extension RelayScene {
    /// From now on this relay's Exim refuses every list that has the one and not the other: three of its digits are a macro there.
    func refuseLists(with one: Fingerprint, butNot other: Fingerprint) throws {
        let digits = Array("\(one)")
        let start = try #require(
            digits.indices.dropLast(3).first { digits[$0].isLetter && !"\(other)".contains(String(digits[$0..<$0 + 3])) })
        var refusing = configuration
        refusing.before = "\(String(digits[start..<start + 3])) = 12"
        try writeConfiguration(refusing)
        try exim.reload()
    }
}

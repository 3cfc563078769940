import Glibc
import TrustCore
import TrustTestSupport

/// A console of a fleet whose mirror is filled by hand, as trustsync would: no Exim and no database is wanted to see who is let in. Its operator
/// has a home of his own.
struct ConsoleScene {
    let folder: SceneFolder
    let host: SyncHost
    let key: String
    let person: Operator

    static func run(_ body: (ConsoleScene) throws -> Void) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let host = try SyncHost("console", in: folder)
        let key = folder("key.pub")
        for name in ["key", "mx1", "mx2"] {
            _ = try ProgramRun.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "root@safe", "-f", folder(name)]).done()
        }
        let made = try ProgramRun.run(
            BuiltPrograms.trustctl, ["fleet", "init", "example-mail", "--key", key, "--output", folder("genesis.pack")]
        ).done()
        let genesis = made.genesis
        _ = try host.operator.start(["fleet", "join", folder("genesis.pack"), "--genesis", genesis, "--head", genesis, "--yes"]).wait()
            .done()
        for name in ["mx1", "mx2"] {
            let words = try folder.read("\(name).pub").split(separator: " ").map(String.init)
            _ = try host.operator.start(["fleet", "member", "add", name, words[0], words[1], "--sign-with", key]).wait().done()
        }
        for part in ["home", "guests", "console/trustsync/mirror"] { try folder.makeFolder(part) }
        for part in ["sightings", "certificates"] { try folder.makeFolder("console/trustsync/mirror/\(part)") }
        var person = host.operator
        person.prefix = ["env", "HOME=\(folder("home"))"]
        try body(ConsoleScene(folder: folder, host: host, key: key, person: person))
    }

    func trustctl(_ words: String...) throws -> ProgramRun.Outcome { try person.start(words).wait() }

    /// The same, signed.
    func decide(_ words: String...) throws -> ProgramRun.Outcome { try person.start(words + ["--sign-with", key, "--yes"]).wait() }

    // MARK: Invitations

    /// Any relay: only its digest is in the code.
    static let relay = String(repeating: "5A", count: 32)

    func invite(_ options: String...) throws -> (run: ProgramRun, code: String) {
        try Self.started(person.start(["invite", "--relay-certificate", Self.relay, "--sign-with", key] + options))
    }

    /// It, and the code that it has printed.
    static func started(_ run: ProgramRun) throws -> (run: ProgramRun, code: String) {
        try waitUntil("invite prints a code; it says:\n\(run.errorsSoFar)") {
            guard run.isRunning else { throw NothingCame(description: "\(try run.wait())") }
            return run.outputSoFar.hasSuffix("\n")
        }
        return (run, String(run.outputSoFar.dropLast()))
    }

    /// A certificate of somebody with the code, who has not come yet.
    func guest(_ name: String, _ code: String, _ options: String...) throws -> ClientCertificate {
        let place = "guests/\(name)"
        _ = try ProgramRun.run(
            BuiltPrograms.trustctl, ["client", "new", "--invite", "-", "--dir", folder(place)] + options, input: code + "\n"
        ).done()
        return try ClientCertificate(certificate: folder("\(place)/client.pem"), key: folder("\(place)/client.key"))
    }

    /// The files of the operator's invitations.
    var invitations: [String] { File.names(in: folder("home/.local/state/trustctl/invitations")).filter { !$0.hasPrefix(".") } }

    // MARK: The mirror

    private var mirror: String { "console/trustsync/mirror" }

    /// A relay's file has these, and their certificates are there too: last, as trustsync does it.
    func mirror(_ clients: [ClientCertificate], of relay: String = "mx1", seen: Timestamp = .now) throws {
        var pack = ""
        for client in clients {
            let entry = PendingEntry(fingerprint: client.fingerprint, firstSeen: seen, lastSeen: seen)
            let body = String(decoding: entry.encoded(), as: UTF8.self)
            pack += "trust-record \(body.utf8.count) 0\n" + body
        }
        try folder.write("draft", pack)
        rename(folder("draft"), folder("\(mirror)/sightings/\(relay)"))
        for client in clients { try bring(client) }
    }

    /// The certificate alone, under another's name if one is given.
    func bring(_ client: ClientCertificate, as name: Fingerprint? = nil) throws {
        _ = try ProgramRun.run("openssl", ["x509", "-in", client.certificate, "-outform", "DER", "-out", folder("draft")]).done()
        rename(folder("draft"), folder("\(mirror)/certificates/\(name ?? client.fingerprint)"))
    }

    func hide(_ client: ClientCertificate) { unlink(folder("\(mirror)/certificates/\(client.fingerprint)")) }

    /// What the fleet approves.
    var approved: [String] { get throws { try person.entries("approved").map(\.fingerprint).sorted() } }

    func warnings(of client: ClientCertificate) throws -> [String] {
        try person.entries("all").first { $0.fingerprint == "\(client.fingerprint)" }?.warnings ?? []
    }

    /// How many decisions the fleet has.
    var decisions: Int {
        get throws {
            let status = try trustctl("fleet", "status").output
            return Int(status.split(separator: " ").dropFirst().first ?? "") ?? 0
        }
    }
}

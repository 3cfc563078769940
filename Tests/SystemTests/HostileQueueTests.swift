import Glibc
import Testing
import TrustTestSupport

/// `pending/` belongs to the user who reads strangers' text: an attacker who takes trustd over can write anything there.
@Suite("A hostile queue")
struct HostileQueueTests {
    private static let name = String(repeating: "AB", count: 32)

    private static func entry(_ fingerprint: String, extra: String = "") -> String {
        """
        trustd-pending 1
        Fingerprint: \(fingerprint)
        First-Seen: 2026-11-22T17:41:59Z
        Last-Seen: 2026-11-22T17:41:59Z
        Sightings: 1
        \(extra)
        """
    }

    /// Throws if a call of the C library failed: then nothing hostile is in place, and the test would show nothing.
    private static func made(_ result: CInt) throws {
        guard result == 0 else { throw NothingCame(description: "cannot make the hostile file: \(String(cString: strerror(errno)))") }
    }

    /// Puts one hostile thing into pending/.
    private static let tricks: [(what: String, lay: @Sendable (RelayScene) throws -> Void)] = [
        ("a link to a secret", { try made(symlink("/etc/shadow", $0.folder("state/pending/\(name)"))) }),
        ("a link to itself", { try made(symlink($0.folder("state/pending/\(name)"), $0.folder("state/pending/\(name)"))) }),
        (
            "a hard link",
            {
                try $0.folder.write("state/elsewhere", entry(name))
                try made(link($0.folder("state/elsewhere"), $0.folder("state/pending/\(name)")))
            }
        ),
        ("a FIFO without a writer", { try made(mkfifo($0.folder("state/pending/\(name)"), 0o644)) }),
        ("a folder", { try made(mkdir($0.folder("state/pending/\(name)"), 0o755)) }),
        ("a file of a terabyte", { try made(ProgramRun.run("truncate", ["--size=1T", $0.folder("state/pending/\(name)")]).exitCode) }),
        ("an entry for another name", { try $0.folder.write("state/pending/\(name)", entry(String(repeating: "CD", count: 32))) }),
        ("a name with control characters", { try $0.folder.write("state/pending/\u{1B}[2J\u{7}evil", entry(name)) }),
        ("a lower-case name", { try $0.folder.write("state/pending/\(name.lowercased())", entry(name.lowercased())) }),
        (
            "the digest of no certificate",
            {
                let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
                try $0.folder.write("state/pending/\(poison)", entry(poison))
            }
        ),
        (
            "control characters within",
            {
                try $0.folder.write("state/pending/\(name)", entry(name, extra: "Observed-Helo: \u{1B}]0;owned\u{7}\n"))
            }
        ),
        ("half an entry", { try $0.folder.write("state/pending/\(name)", String(entry(name).prefix(70))) }),
        (
            "another client's certificate",
            { scene in
                let other = try File.read(scene.makeClient("other").certificate)
                try scene.folder.write("state/pending/\(name)", entry(name, extra: "\n\(other)"))
            }
        ),
    ]

    @Test("hostile files in the queue break no listing, reach no terminal raw, and approve nothing", arguments: tricks.indices)
    func trick(index: Int) throws {
        let (what, lay) = Self.tricks[index]
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            try daemon.stop()
            try lay(scene)
            let plain = try scene.operator.start(["list"]).wait()
            #expect(plain.exitCode == 0, "\(what): \(plain)")
            #expect(!plain.text.contains("\u{1B}") && !plain.text.contains("\u{7}"), "\(what)")
            #expect(!plain.text.contains("root:"), "\(what): \(plain)")
            // The control: trustctl has met it.
            let isEntry = plain.output.contains("the certificate logged for it is")
            #expect(isEntry || plain.errors.contains("holds a file that is not an entry"), "\(what): \(plain)")
            #expect(try scene.operator.entries().contains { $0.fingerprint == "\(alice.fingerprint)" }, "\(what)")
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(what): \(approved)")
            #expect(try scene.trusted == ["\(alice.fingerprint)"], "\(what)")
        }
    }

    @Test("the card never shows a certificate that does not match the fingerprint")
    func borrowedCertificate() throws {
        try RelayScene.run { scene in
            let other = try File.read(scene.makeClient("honest-looking").certificate)
            try scene.folder.write("state/pending/\(Self.name)", Self.entry(Self.name, extra: "\n\(other)"))
            let shown = try scene.trustctl("show", Self.name)
            #expect(shown.exitCode == 0 && shown.output.contains("state          pending"), "\(shown)")
            #expect(!shown.output.contains("honest-looking"), "\(shown)")
        }
    }

    @Test("a queue folder that is a link, or that others may write, is not read", arguments: [true, false])
    func folder(isLink: Bool) throws {
        try RelayScene.run { scene in
            let pending = scene.folder("state/pending")
            if isLink {
                try ProgramRun.run("mv", [pending, scene.folder("elsewhere")])
                symlink(scene.folder("elsewhere"), pending)
            } else {
                chmod(pending, 0o777)
            }
            let outcome = try scene.trustctl("list")
            #expect(outcome.exitCode != 0, "\(outcome)")
            #expect(outcome.errors.contains(pending), "\(outcome)")
        }
    }

    @Test(
        "a user who may not read the queue gets 77, not a shorter list",
        .skipped(by: TrustDaemon.privilegeObstacle))
    func notPermitted() throws {
        try RelayScene.run { scene in
            let stranger = ["setpriv", "--reuid=games", "--regid=games", "--clear-groups", "--no-new-privs"]
            let outcome = try ProgramRun.run(
                stranger[0], Array(stranger.dropFirst()) + [BuiltPrograms.trustctl, "list", "--config", scene.operator.settings])
            #expect(outcome.exitCode == 77, "\(outcome)")
            #expect(outcome.output.isEmpty, "\(outcome)")
            let change = try ProgramRun.run(
                stranger[0],
                Array(stranger.dropFirst()) + [BuiltPrograms.trustctl, "approve", Self.name, "--yes", "--config", scene.operator.settings])
            #expect(change.exitCode == 77, "\(change)")
        }
    }
}

import Glibc
import Testing
import TrustTestSupport

/// File systems without RENAME_EXCHANGE: a FUSE mount (bindfs) stands for NFS and for ZFS before 2.2, which answer EINVAL too.
@Suite("File systems that do not exchange files in one step", .skipped(by: BindMount.obstacle))
struct PlainFileSystemTests {
    @Test("a client is queued, counted, approved and revoked where files are exchanged by links")
    func day() throws {
        try RelayScene.run { scene in
            let mounts = try ["etc", "state", "ledger"].map { try BindMount(over: scene.folder($0)) }
            defer { mounts.forEach { $0.end() } }
            try scene.exim.reload()
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            #expect(try scene.reply(to: alice) == 550)
            try waitUntil("the second sighting is counted") { try scene.operator.entries().first?.sightings == 2 }

            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            let finding = try scene.finding("exchange-by-links")
            #expect(finding.severity == "note")
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(!scene.settingsFolder.contains { $0.hasSuffix("~") || $0.hasSuffix(".trustctl") }, "\(scene.settingsFolder)")
            try daemon.stop()
        }
    }

    @Test("trustctl says which attribute keeps root from changing a file", arguments: ["i", "a"])
    func attribute(_ letter: String) throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            let marked = try ProgramRun.run("chattr", ["+\(letter)", scene.listOnDisk])
            guard marked.exitCode == 0 else { try Skipping.skip(because: "this file system has no attributes: \(marked)") }
            defer { _ = try? ProgramRun.run("chattr", ["-\(letter)", scene.listOnDisk]) }
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode == 77, "\(outcome)")
            #expect(outcome.errors.contains("hint: \(scene.listOnDisk) is \(letter == "i" ? "immutable" : "append-only")"), "\(outcome)")
            #expect(outcome.errors.contains("chattr -\(letter) \(scene.listOnDisk)"))
        }
    }
}

/// A folder seen through FUSE, in its own place.
struct BindMount {
    let folder: String

    static var obstacle: String? {
        if access("/dev/fuse", R_OK | W_OK) != 0 { return "/dev/fuse cannot be opened" }
        return (try? ProgramRun.run("bindfs", ["--version"]).exitCode) == 0 ? nil : "there is no bindfs"
    }

    init(over folder: String) throws {
        self.folder = folder
        let outcome = try ProgramRun.run("bindfs", ["-o", "nonempty", folder, folder])
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
    }

    func end() { umount2(folder, CInt(MNT_DETACH)) }
}

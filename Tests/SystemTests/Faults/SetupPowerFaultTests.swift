import Testing
import TrustTestSupport

/// `trustctl setup` on a configuration in one file, with a power failure meanwhile.
@Suite("A power failure during a setup", .skipped(by: Stepper.obstacle))
struct SetupPowerFaultTests {
    private static let parts = ["etc", "ledger", "exim.conf", ".exim.conf.trustctl", ".exim.conf.new.trustctl"]

    /// The files that setup is about, without hidden temporary ones.
    private static func state(_ scene: RelayScene) throws -> String {
        try ProgramRun.run(
            "sh", ["-c", "cd '\(scene.folder.path)' && find etc exim.conf ledger/setup -type f | sort | xargs sha256sum"]
        ).output
    }

    @Test("after a power failure Exim starts, and the next command completes or undoes the setup", arguments: [false, true])
    func powerLoss(removes: Bool) throws {
        try SetupOneFileTests.run({ scene in
            EximConfiguration().text(in: scene.folder, port: scene.exim.port)
                .replacing("\n.include \(scene.folder("etc/exim/one-file/main_fingerprints"))", with: "")
                .replacing("\n.include \(scene.folder("etc/exim/one-file/acl_fingerprints"))", with: "")
        }) { scene in
            var random = Randomness("setup \(removes)")
            let bare = try Self.state(scene)
            if removes { #expect(try scene.trustctl("setup", "--yes").exitCode == 0) }
            let before = try Self.state(scene)
            var disk = try UnsyncedDisk(of: scene.folder, Self.parts)
            let whole = try scene.operator.step(
                .record(scene.folder("record")), ["setup", "--yes"] + (removes ? ["--remove"] : []), in: scene.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            let after = try Self.state(scene)
            #expect(removes ? after == bare : before == bare)

            let calls = try RecordedCall.all(in: scene.folder("record"))
            let all = disk.outcomes(of: calls, chances: 3, by: &random)
            #expect(all.count > 20)
            let places = FaultSweep.choose(3, orEachOf: 100, of: all.count, by: &random)
            for place in places {
                let told = all[place - 1].told
                try scene.exim.stop()
                try disk.lay(all[place - 1].remains)
                let check = try scene.exim.check()
                try #require(check.exitCode == 0, "\(told)\(check)")
                try scene.exim.start()
                #expect(try scene.trusted.isEmpty, "\(told)")
                let hasJournal = File.exists(scene.folder("ledger/journal"))
                let next = try scene.trustctl("history", "--verify")
                #expect(next.exitCode == 0 && !File.exists(scene.folder("ledger/journal")), "\(told)\(next)")
                #expect(next.errors.contains("an interrupted change was") == hasJournal, "\(told)\(next)")
                let state = try Self.state(scene)
                #expect(state == before || state == after, "\(told)\(next)\(state)")
                #expect(try scene.exim.check().exitCode == 0, "\(told)")
            }
            print(
                "setup\(removes ? " --remove" : ""): the power failed \(places.count) times; \(calls.count) calls have \(all.count) outcomes"
            )
        }
    }
}

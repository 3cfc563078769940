import Glibc
import Testing
import TrustTestSupport

@Suite("A ledger torn by a crash")
struct LedgerFaultTests {
    @Test("the next command mends a last line torn at any byte, says so, and keeps all decisions")
    func tornAlone() throws {
        try RelayScene.run { scene in
            var random = Randomness("torn")
            let fingerprints = (0..<3).map { _ in random.fingerprint() }
            for one in fingerprints { #expect(try scene.trustctl("approve", one, "--reason", "“called” him", "--yes").exitCode == 0) }
            let whole = try scene.folder.read("ledger/ledger")
            let last = try #require(try scene.ledgerLines.last)
            for cut in FaultSweep.choose(12, of: last.utf8.count + 1, by: &random) {
                try scene.folder.write("ledger/ledger", whole, mode: 0o640)
                #expect(truncate(scene.folder("ledger/ledger"), whole.utf8.count - cut) == 0)
                let next = try scene.trustctl("history", "--verify")
                guard cut <= last.utf8.count else {
                    // The whole line is missing. No crash removes a line that was synced, and the seal records it.
                    #expect(next.exitCode == 65 && next.errors.contains("its end is missing: line 3 was its last one"), "\(next)")
                    continue
                }
                #expect(next.exitCode == 0, "cut \(cut): \(next)")
                #expect(next.errors.contains("had been written whole but was cut later"), "cut \(cut): \(next)")
                let mended = try scene.folder.read("ledger/ledger")
                if cut == 1 { #expect(mended == whole) }
                #expect(mended.hasPrefix(whole.prefix(whole.count - last.count - 1)))
                #expect(try scene.ledgerLines.count == 3)
                #expect(try scene.trusted == Set(fingerprints))
                let again = try scene.trustctl("history", "--verify")
                #expect(again.exitCode == 0 && again.errors.contains("cut short later") == (cut > 1), "cut \(cut): \(again)")
                #expect(File.names(in: scene.folder("ledger")) == ["denied", "ledger", "lock"])
                let mode = try ProgramRun.run("stat", ["--format=%a %U", scene.folder("ledger/ledger")]).output
                #expect(mode == "640 root\n")
            }
        }
    }

    @Test(
        "a decision with a torn ledger line is finished or undone, and recorded once or not at all",
        .skipped(by: Stepper.obstacle), arguments: [SweptDecision.approve, .revoke, .deny])
    func tornInChange(decision: SweptDecision) throws {
        try decision.run { sweep in
            let scene = sweep.scene
            let ledger = scene.folder("ledger/ledger")
            let subject = try sweep.prepare()
            let aftermath = try Aftermath(scene, subject)
            let before = (try? File.read(ledger))?.utf8.count ?? 0
            let run = try scene.operator.step(.killBefore("fsync", path: ledger), subject.arguments, in: scene.folder)
            #expect(run.outcome.exitCode == 137, "\(run)")
            let disk = try UnsyncedDisk(of: scene.folder, ["etc", "ledger"])
            let length = try File.read(ledger).utf8.count - before
            #expect(length > 0, "nothing was written when it was killed")
            for (round, left) in FaultSweep.choose(4, of: length, by: &sweep.random).enumerated() {
                try disk.lay(disk.remains(.nothing))
                #expect(truncate(ledger, before + left) == 0)
                try aftermath.checkAtOnce("\(left) of \(length) bytes\n")
                try aftermath.checkNextCommand(round, "\(left) of \(length) bytes\n", isKill: true)
            }
        }
    }
}

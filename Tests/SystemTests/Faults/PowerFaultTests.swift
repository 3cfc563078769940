import Testing
import TrustTestSupport

@Suite("A power failure while trustctl works", .skipped(by: Stepper.obstacle))
struct PowerFaultTests {
    @Test(
        "a power failure leaves the old or the new list, and the next command recovers",
        arguments: SweptDecision.tested)
    func powerLoss(decision: SweptDecision) throws {
        try decision.run { sweep in
            let scene = sweep.scene
            let subject = try sweep.prepare()
            let aftermath = try Aftermath(scene, subject)
            var disk = try UnsyncedDisk(of: scene.folder, ["etc", "ledger"])
            let whole = try scene.operator.step(.record(scene.folder("record")), subject.arguments, in: scene.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            let calls = try RecordedCall.all(in: scene.folder("record"))

            let all = disk.outcomes(of: calls, chances: 4, by: &sweep.random)
            // Anything that the model does not know cannot be lost in it: with nothing pending, it must equal the real disk. The mark of the
            // folder alone is not synced: one that is not whole is none.
            let real = try UnsyncedDisk(of: scene.folder, ["etc", "ledger"]).remains(.nothing)
            #expect(disk.remains(.names).filter(isSynced) == real.filter(isSynced))
            #expect(all.count >= 8)
            var chosen = FaultSweep.choose(3, orEachOf: 150, of: all.count, by: &sweep.random)
            if !FaultSweep.isWhole { chosen.append(all.count) }
            for (round, place) in chosen.enumerated() {
                let told = all[place - 1].told
                try scene.exim.stop()
                try disk.lay(all[place - 1].remains)
                try scene.exim.start()
                try aftermath.checkAtOnce(told)
                try aftermath.checkNextCommand(round, told, isKill: false)
            }
            func isSynced(_ file: (key: String, value: [UInt8]?)) -> Bool { !file.key.hasSuffix("/ledger/approved-mark") }
            print("\(decision.rawValue): the power failed \(chosen.count) times; \(calls.count) calls have \(all.count) outcomes")
        }
    }
}

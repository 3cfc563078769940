import Testing
import TrustTestSupport

@Suite("trustctl killed at a system call", .skipped(by: Stepper.obstacle))
struct KillFaultTests {
    /// Before every change, or a sample of them, and at a few moments in between, where only Exim's progress differs.
    @Test(
        "a kill at a system call leaves the old or the new list, and the next command recovers",
        arguments: SweptDecision.tested)
    func killed(decision: SweptDecision) throws {
        try decision.run { sweep in
            let whole = try sweep.scene.operator.step(.count, sweep.prepare().arguments, in: sweep.scene.folder)
            let (changes, calls) = (whole.changes, whole.calls)
            let moments =
                FaultSweep.choose(4, of: changes, by: &sweep.random).map(Stepper.Act.killBeforeChange)
                + FaultSweep.choose(1, orEachOf: 60, of: calls, by: &sweep.random).map(Stepper.Act.killBeforeCall)
            for (round, moment) in moments.enumerated() {
                var act = moment
                while true {
                    let subject = try sweep.prepare()
                    let aftermath = try Aftermath(sweep.scene, subject)
                    let run = try sweep.scene.operator.step(act, subject.arguments, in: sweep.scene.folder)
                    guard run.outcome.exitCode == 137 else {
                        act = try #require(act.sooner, "it was not killed: \(run)")
                        continue
                    }
                    try aftermath.checkAtOnce("\(run)")
                    try aftermath.checkNextCommand(round, "\(run)", isKill: true)
                    break
                }
            }
            #expect(!moments.isEmpty)
            print("\(decision.rawValue): killed \(moments.count) times; it has \(changes) calls that change something, of \(calls)")
        }
    }
    @Test(
        "a killed recovery is ended by the next command, and the list is never half written",
        arguments: [SweptDecision.approve, .revoke, .denyTakenOut])
    func recoveryKilled(decision: SweptDecision) throws {
        try decision.run { sweep in
            let scene = sweep.scene
            func interrupted() throws -> (Aftermath, String) {
                let subject = try sweep.prepare()
                let aftermath = try Aftermath(scene, subject)
                let run = try scene.operator.step(
                    .killBefore("write", path: scene.folder("ledger/ledger")), subject.arguments, in: scene.folder)
                #expect(run.outcome.exitCode == 137 && File.exists(scene.folder("ledger/journal")), "\(run)")
                return (aftermath, "\(run)")
            }
            let (first, told) = try interrupted()
            let recovery = try scene.operator.step(.count, ["list"], in: scene.folder)
            #expect(recovery.outcome.errors.contains("an interrupted change was"), "\(recovery)")
            try first.checkAtOnce(told)
            let moments = FaultSweep.choose(4, of: recovery.changes, by: &sweep.random)
            for (round, drawn) in moments.enumerated() {
                var (number, (aftermath, told)) = (drawn, try interrupted())
                func kill() throws -> Stepper.Run { try scene.operator.step(.killBeforeChange(number), ["list"], in: scene.folder) }
                var killed = try kill()
                // A recovery makes a call more or less, depending on how long Exim takes: a moment that it did not reach is drawn again.
                while killed.outcome.exitCode == 0, number > 1 {
                    number -= 1
                    (aftermath, told) = try interrupted()
                    killed = try kill()
                }
                #expect(killed.outcome.exitCode == 137, "\(killed)")
                try aftermath.checkAtOnce("\(told)\(killed)")
                try aftermath.checkNextCommand(round, "\(told)\(killed)", isKill: true)
            }
            print("\(decision.rawValue): its recovery was killed \(moments.count) times, of \(recovery.changes) changes")
        }
    }
}

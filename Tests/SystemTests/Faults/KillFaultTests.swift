import Testing
import TrustTestSupport

@Suite("A trustctl that is killed at a system call", .enabled(if: Stepper.isPermitted))
struct KillFaultTests {
    /// Every change, or a sample of them; and a few moments between, where nothing differs but what Exim does meanwhile.
    @Test(
        "leaves the old list or the new one; the next command finishes or undoes it and says so; books, list and Exim agree",
        arguments: SweptDecision.allCases)
    func killed(decision: SweptDecision) throws {
        try decision.run { sweep in
            let whole = try sweep.scene.operator.step(.count, sweep.prepare().arguments, in: sweep.scene.folder)
            let (changes, calls) = (whole.changes, whole.calls)
            let moments =
                FaultSweep.choose(5, of: changes, by: &sweep.random).map(Stepper.Act.killBeforeChange)
                + FaultSweep.choose(1, orEachOf: 60, of: calls, by: &sweep.random).map(Stepper.Act.killBeforeCall)
            var killed = 0
            for (round, moment) in moments.enumerated() {
                let subject = try sweep.prepare()
                let aftermath = try Aftermath(sweep.scene, subject)
                let run = try sweep.scene.operator.step(moment, subject.arguments, in: sweep.scene.folder)
                // How often Exim is looked at while it reloads differs from run to run: the last calls may not be reached.
                guard run.outcome.exitCode == 137 else { continue }
                killed += 1
                try aftermath.checkAtOnce("\(run)")
                try aftermath.checkNextCommand(round, "\(run)", isKill: true)
            }
            print("\(decision.rawValue): killed \(killed) times; it has \(changes) calls that change something, of \(calls)")
            #expect(killed * 2 > moments.count)
        }
    }
}

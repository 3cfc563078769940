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
}

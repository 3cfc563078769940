import Testing
import TrustTestSupport

@Suite("trustctl with failing system calls", .skipped(by: Stepper.obstacle))
struct CallFaultTests {
    @Test(
        "with a failing system call, status and text are true, and the next command recovers",
        arguments: SweptDecision.tested)
    func failing(decision: SweptDecision) throws {
        try decision.run { sweep in
            let whole = try sweep.scene.operator.step(.count, sweep.prepare().arguments, in: sweep.scene.folder)
            for fault in SystemFault.allCases {
                let total = whole.calls(thatCanReturn: fault)
                #expect(total > 0, "\(fault.rawValue): \(whole)")
                // Calls that read are many and similar.
                let most = fault == .input || fault == .files ? 24 : Int.max
                let places = FaultSweep.choose(1, orEachOf: most, of: total, by: &sweep.random)
                var statuses: [Int32: Int] = [:]
                for (round, place) in places.enumerated() {
                    // Once, like a disk with one bad block; or from then on, like a full disk.
                    for stays in FaultSweep.isWhole ? [false, true] : [Bool.random(using: &sweep.random)] {
                        var act = Stepper.Act.fail(fault, at: place, stays: stays)
                        while true {
                            let subject = try sweep.prepare()
                            let aftermath = try Aftermath(sweep.scene, subject)
                            let run = try sweep.scene.operator.step(act, subject.arguments, in: sweep.scene.folder)
                            try aftermath.checkAtOnce("\(run)")
                            try aftermath.checkOutcome(run)
                            try aftermath.checkNextCommand(round, "\(run)", isKill: false)
                            if run.wasReached {
                                statuses[run.outcome.exitCode, default: 0] += 1
                                break
                            }
                            act = try #require(act.sooner, "nothing failed: \(run)")
                        }
                    }
                }
                let told = statuses.sorted { $0.key < $1.key }.map { "status \($0.key): \($0.value)" }.joined(separator: ", ")
                print("\(decision.rawValue), \(fault.rawValue) in \(places.count) of \(total) calls: \(told)")
            }
        }
    }
}

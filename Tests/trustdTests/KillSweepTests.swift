import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// The built trustd under Tests/Stepper: between two calls that change something every moment is the same one.
@Suite("trustd killed before each system call that changes something")
struct KillSweepTests {
    /// Containers may forbid ptrace(2).
    private static let isPermitted: Bool = {
        guard let run = try? Running(Stepper.command + ["-e", "1:EIO", "/bin/true"])
        else {
            print("skipped: the stepper cannot be started")
            return false
        }
        try? run.wait()
        if run.error.contains("stepper: ") { print("skipped: no program can be stepped here: \(run.error)") }
        return !run.error.contains("stepper: ")
    }()

    /// Runs `trustd --once`, killed before its `number`-th change; false when it has fewer.
    private func killed(_ number: Int, in sandbox: Sandbox) throws -> Bool {
        let report = sandbox.path + "/report"
        unlink(report)
        let running = try sandbox.start(
            ["--once"], through: Stepper.command + ["-o", report, "-f", sandbox.path + "/conf", "-k", "\(number)"])
        try running.wait()
        return try !File.read(report).hasPrefix("ended: ")
    }

    private func lines(_ numbers: some Sequence<Int>) -> String { numbers.map { Log.line($0) + Log.other }.joined() }

    @Test(
        "killed at each change of a first and a second run, the next run counts exactly",
        .enabled(if: isPermitted), arguments: [false, true])
    func everyChange(isFirst: Bool) throws {
        var number = 0
        var goesOn = true
        while goesOn {
            number += 1
            let sandbox = try Sandbox("max_per_address = 1000")
            try sandbox.append(lines(1...3))
            if !isFirst {
                #expect(try sandbox.once().status == 0)
                try sandbox.append(lines(2...4))
                try sandbox.rename("mainlog", "mainlog.1")
                // So many that a batch is synchronized as one.
                try sandbox.append(lines(3...30))
            }
            goesOn = try killed(number, in: sandbox)
            let (status, error) = try sandbox.once()
            #expect(status == 0 && !error.contains("lost"), "killed before change \(number): \(error)")
            let counts = [1, 2, 3, 4, 30].map { sandbox.sightings($0) }
            #expect(counts == (isFirst ? [1, 1, 1, 0, 0] : [1, 2, 3, 2, 1]), "killed before change \(number)")
            let left =
                try FileManager.default.contentsOfDirectory(atPath: sandbox.pending)
                + FileManager.default.contentsOfDirectory(atPath: sandbox.position)
            #expect(left.filter { $0.hasPrefix(".") }.isEmpty, "killed before change \(number): \(left)")
        }
        #expect(number > 10, "only \(number) changes")
    }
}

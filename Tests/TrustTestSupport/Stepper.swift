import Glibc

/// `trustctl` under Tests/Stepper: killed right before one system call, or with one call that fails.
///
/// Between two calls that change something, all moments are the same for the disk, Exim and the lock. So a kill before each of these calls
/// covers a kill at any moment.
package enum Stepper {
    /// The words before a program that step it; the stepper's options follow.
    package static let command = Sanitizer.traced + [BuiltPrograms.stepper]

    package enum Act: Sendable {
        /// Changes nothing; the calls are counted.
        case count
        case killBeforeChange(Int)
        case killBeforeCall(Int)
        case killBefore(_ call: String, path: String)
        case fail(SystemFault, at: Int, stays: Bool)
        /// Every call that changes something is recorded in this file.
        case record(String)

        /// The same act at half the number; nil if there is none. trustctl looks through the machine's processes and waits for Exim, so its
        /// number of calls varies from run to run, and the last calls of the counted run may not come again.
        package var sooner: Act? {
            switch self {
            case .killBeforeChange(let number) where number > 1: .killBeforeChange(number / 2)
            case .killBeforeCall(let number) where number > 1: .killBeforeCall(number / 2)
            case .fail(let fault, let number, let stays) where number > 1: .fail(fault, at: number / 2, stays: stays)
            default: nil
            }
        }

        var options: [String] {
            switch self {
            case .count: []
            case .killBeforeChange(let number): ["-k", "\(number)"]
            case .killBeforeCall(let number): ["-K", "\(number)"]
            case .killBefore(let call, let path): ["-c", "\(call):\(path)"]
            case .fail(let fault, let number, let stays): ["-e", "\(number):\(fault.rawValue)"] + (stays ? ["-s"] : [])
            case .record(let path): ["-r", path]
            }
        }
    }

    /// How the program ended, and what the stepper did.
    package struct Run: Sendable, CustomStringConvertible {
        package let outcome: ProgramRun.Outcome
        /// `killed before call 212, change 17: fsync /…`, or how many calls there were.
        package let report: String

        package var wasReached: Bool { !report.hasPrefix("ended: ") }
        package var description: String { "\(report)\(outcome)" }
        /// The number of calls that changed something, and of all calls.
        package var changes: Int { count(before: "changes") }
        package var calls: Int { count(before: "calls;") }
        /// The number of calls that can return this error.
        package func calls(thatCanReturn fault: SystemFault) -> Int {
            words.firstIndex(of: fault.rawValue).flatMap { Int(words[$0 + 1]) } ?? 0
        }

        private var words: [String] { report.split { $0.isWhitespace || $0 == "," }.map(String.init) }
        private func count(before word: String) -> Int { words.firstIndex(of: word).flatMap { Int(words[$0 - 1]) } ?? 0 }
    }

    /// Why programs cannot be stepped here; nil if they can. Containers may forbid ptrace(2).
    package static let obstacle: String? = {
        guard let run = try? ProgramRun.run(BuiltPrograms.stepper, ["-e", "1:EIO", "/bin/true"])
        else { return "the stepper cannot be started" }
        // If a call of /bin/true's loader fails, the stepper works.
        return run.errors.contains("stepper: ") ? "programs cannot be stepped here: \(run.firstLine)" : nil
    }()
}

/// An error from a disk, or from the table of open files.
package enum SystemFault: String, CaseIterable, Sendable {
    case noSpace = "ENOSPC"
    case input = "EIO"
    case readOnly = "EROFS"
    case quota = "EDQUOT"
    case files = "EMFILE"
}

extension Operator {
    /// Runs `trustctl <arguments>` under the stepper, which counts from the moment when trustctl opens its config file.
    package func step(_ act: Stepper.Act, _ arguments: [String], in folder: SceneFolder) throws -> Stepper.Run {
        let report = folder("step-report")
        unlink(report)
        var person = self
        person.prefix += Stepper.command + ["-f", settings, "-o", report] + act.options
        let outcome = try person.start(arguments).wait(timeout: .seconds(600))
        guard outcome.exitCode != 125, let text = try? File.read(report), !text.isEmpty else {
            throw NothingCame(description: "the stepper failed: \(outcome)")
        }
        return Stepper.Run(outcome: outcome, report: text)
    }
}

import EximControl
import Host

/// How a change ended that is not done.
enum TransactionError: Error, Equatable {
    /// Nothing changed.
    case refused(Failure)
    /// It was live, or nearly; the old list is live again.
    case undone(Failure)
    /// Neither: the disk and the running Exim may differ, and somebody must look.
    case stuck(Failure, undoing: Failure)
    /// It is live, but not yet in the ledger; the next command writes it there.
    case unfinished(Failure)
}

extension Failure {
    init(_ error: TransactionError) {
        switch error {
        case .refused(let cause):
            self.init(messages: ["refused: nothing has changed: \(cause.reason)"], hint: cause.hint, exit: cause.exit)
        case .undone(let cause):
            self.init(
                messages: ["undone: the old list is live again: \(cause.reason)"],
                hint: cause.hint ?? "correct that, then repeat the command", exit: cause.isDisproved ? .refused : .notReloaded)
        case .stuck(let cause, let undoing):
            self.init(
                messages: ["stuck: \(cause.reason)", "and it could not be undone: \(undoing.reason)"],
                hint: undoing.hint
                    ?? "check that Exim runs and what `trustctl list --state approved` says; the next trustctl command tries again",
                exit: .stuck)
        case .unfinished(let cause):
            self.init(
                messages: ["stuck: the change is live, but not written to the ledger: \(cause.reason)"],
                hint: "correct that; the next trustctl command writes it", exit: .stuck)
            isLive = true
        }
    }

    /// The same for a change that an earlier command left.
    init(recovering error: TransactionError) {
        switch error {
        case .refused(let cause), .undone(let cause), .unfinished(let cause):
            self.init("stuck: cannot tell whether a change was interrupted: \(cause.reason)", .stuck, hint: cause.hint)
        case .stuck(let cause, let undoing):
            self.init(
                messages: ["stuck: \(cause.reason)", undoing.reason], hint: undoing.hint ?? "correct that, then repeat the command",
                exit: .stuck)
        }
    }
}

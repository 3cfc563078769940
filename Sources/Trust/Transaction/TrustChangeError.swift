import EximControl
package import Host

/// How a change ended that was not done.
package enum TrustChangeError: Error, Equatable {
    /// Nothing changed.
    case refused(Failure)
    /// It was live, or nearly; the old list is live again.
    case undone(Failure)
    /// Neither: what the disk and Exim hold may differ, and somebody must look.
    case stuck(Failure, undoing: Failure)
    /// Live, but the ledger does not know of it yet; the next command writes it down.
    case unfinished(Failure)
}

extension Failure {
    package init(_ error: TrustChangeError) {
        switch error {
        case .refused(let cause):
            self.init(messages: ["refused: nothing has changed: \(cause.reason)"], hint: cause.hint, exit: cause.exit)
        case .undone(let cause):
            self.init(
                messages: ["undone: the old list is live again: \(cause.reason)"],
                hint: cause.hint ?? "mend that, then repeat the command", exit: .notReloaded)
        case .stuck(let cause, let undoing):
            self.init(
                messages: ["stuck: \(cause.reason)", "and it could not be undone: \(undoing.reason)"],
                hint: undoing.hint
                    ?? "see that Exim runs and what `trustctl list --state approved` says; the next trustctl command tries again",
                exit: .stuck)
        case .unfinished(let cause):
            self.init(
                messages: ["stuck: the change is live, but not written to the ledger: \(cause.reason)"],
                hint: "mend that; the next trustctl command writes it down", exit: .stuck)
            isLive = true
        }
    }
}

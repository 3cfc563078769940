import TrustCore

/// Why a command ends without having done what was asked: what happened, what it means, what to type next, and the exit status.
struct Failure: Error {
    let messages: [String]
    let hint: String?
    let exit: ExitStatus

    init(_ message: String, _ exit: ExitStatus, hint: String? = nil) {
        messages = [message]
        self.hint = hint
        self.exit = exit
    }

    init(_ cause: Cause) { self.init(cause.reason, cause.exit, hint: cause.hint) }

    init(messages: [String], hint: String?, exit: ExitStatus) {
        self.messages = messages
        self.hint = hint
        self.exit = exit
    }

    init(_ error: TrustChangeError, of plan: TrustPlan) {
        let revoking = plan.takesTrustAway && plan.list != nil
        // Whoever revokes a stolen key must not miss that it still opens the relay.
        let stillTrusted = revoking ? plan.fingerprints.map { "\($0) is STILL TRUSTED" } : []
        switch error {
        case .refused(let cause):
            self.init(messages: ["refused: nothing has changed: \(cause.reason)"] + stillTrusted, hint: cause.hint, exit: cause.exit)
        case .undone(let cause):
            self.init(
                messages: ["undone: the old list is live again: \(cause.reason)"] + stillTrusted,
                hint: cause.hint ?? "mend that, then repeat the command", exit: .notReloaded)
        case .stuck(let cause, let undoing):
            self.init(
                messages: ["stuck: \(cause.reason)", "and it could not be undone: \(undoing.reason)"] + stillTrusted,
                hint: undoing.hint
                    ?? "see that Exim runs and what `trustctl list --state approved` says; the next trustctl command tries again",
                exit: .stuck)
        case .unfinished(let cause):
            self.init(
                messages: ["stuck: the change is live, but not written to the ledger: \(cause.reason)"],
                hint: "mend that; the next trustctl command writes it down", exit: .stuck)
        }
    }
}

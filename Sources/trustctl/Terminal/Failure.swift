import TrustCore

/// Why a command ends without having done what was asked: what happened, what it means, what to type next, and the exit status.
struct Failure: Error {
    let messages: [String]
    let hint: String?
    let exit: ExitStatus
    /// What was asked counts all the same, and only the books are behind.
    var isLive = false
    /// What the operator is to do by hand, word by word: for standard output, where it can be kept.
    var instructions: String?

    /// With more to say.
    func adding(_ more: [String]) -> Failure { Failure(messages: messages + more, hint: hint, exit: exit) }

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

    init(_ error: TrustChangeError) {
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

import Glibc
package import TrustCore

/// Why something was not done: what happened, what it means, what to type next, and the exit status.
package struct Failure: Error, Equatable {
    /// A sentence each, without a full stop; the first one says what happened.
    package let messages: [String]
    /// What to do about it.
    package var hint: String?
    package let exit: ExitStatus
    /// The change is live; only the ledger entry is missing.
    package var isLive = false
    /// What the operator has to do by hand, word for word: for standard output, where it can be kept.
    package var instructions: String?

    /// What happened.
    package var reason: String { messages[0] }

    package init(_ message: String, _ exit: ExitStatus, hint: String? = nil) {
        self.init(messages: [message], hint: hint, exit: exit)
    }

    package init(messages: [String], hint: String?, exit: ExitStatus) {
        self.messages = messages
        self.hint = hint
        self.exit = exit
    }

    /// The same with more to say.
    package func adding(_ more: [String]) -> Failure { Failure(messages: messages + more, hint: hint, exit: exit) }

    package init(_ error: SystemError) {
        let hint: String? =
            switch error.code {
            case ENOSPC, EDQUOT: "make room on the file system, then repeat the command"
            case EROFS, EIO: "see that the file system is sound and may be written, then repeat the command"
            case EINVAL, ELOOP, ENOTDIR, EISDIR:
                "a plain file or folder was expected there, and no link; or a file system that cannot exchange files"
            case EFBIG: "it is larger than any such file can be: see what has written it"
            case EBUSY: "it is a mount of its own: name the file that is mounted there, or repeat the command when it is free"
            default: nil
            }
        self.init(error.description, error.isNotPermitted ? .notPermitted : .notSound, hint: hint)
    }
}

import Glibc
import SystemPackage
package import TrustCore

/// Why a command failed: what happened, what it means, what to do next, and the exit status.
package struct Failure: Error, Equatable {
    /// One sentence each, without a full stop. The first one says what happened.
    package let messages: [String]
    /// What to do about it.
    package var hint: String?
    package let exit: ExitStatus
    /// The change is live; only the ledger entry is missing.
    package var isLive = false
    /// A change was made, and Exim's own answer showed that it had no effect. No daemon was told anything.
    package var isDisproved = false
    /// What the operator has to do by hand, for standard output, so that it can be saved or copied.
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

    /// The same failure with more messages.
    package func adding(_ more: [String]) -> Failure { Failure(messages: messages + more, hint: hint, exit: exit) }

    package init(_ error: SystemError) {
        let hint: String? =
            switch error.code {
            case EPERM: Self.protectionHint(error.path)
            case ENOSPC, EDQUOT: "free space on the file system, then repeat the command"
            case EROFS, EIO: "check that the file system works and is writable, then repeat the command"
            case EINVAL, ELOOP, ENOTDIR, EISDIR:
                "that path must be a plain file or folder, not a link, on a file system with renameat2 or hard links"
            case EFBIG: "the file is larger than it can ever get: find out what wrote it"
            case EBUSY: "it is a mount point: name the file that is mounted there, or unmount it and repeat the command"
            default: nil
            }
        self.init(error.description, error.isNotPermitted ? .notPermitted : .notSound, hint: hint)
    }

    /// For a call that root may not do either: an attribute of the file or of its folder.
    private static func protectionHint(_ path: FilePath) -> String? {
        for place in [path, path.removingLastComponent()] {
            guard let protection = FileProtection.of(place) else { continue }
            let what = protection == .immutable ? "immutable" : "append-only"
            return "\(place) is \(what) (`lsattr -d \(place)`): `chattr -\(protection.rawValue) \(place)`, then repeat the command"
        }
        return nil
    }
}

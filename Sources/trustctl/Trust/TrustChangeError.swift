import Glibc
import TrustCore

/// Why a step of a change failed: for people, and as an exit code.
struct Cause: Error, Equatable {
    let reason: String
    let exit: ExitStatus
    var hint: String?

    init(_ reason: String, _ exit: ExitStatus, hint: String? = nil) {
        self.reason = reason
        self.exit = exit
        self.hint = hint
    }

    init(_ error: SystemError) {
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

    init(_ error: EximError) {
        switch error {
        case .refused:
            self.init(error.description, .refused, hint: "mend Exim's configuration, check it with `exim -bV`, then repeat the command")
        case .notInEffect:
            self.init(
                error.description, .refused,
                hint: "Exim's main configuration must include the list, and nothing behind it may define \(MacroDefinition.name) again")
        case .missing: self.init(error.description, .notSound, hint: "say where it is with `exim = PATH` in trustd.conf")
        case .generated: self.init(error.description, .notSound, hint: "name a source of it with `list = PATH` in trustd.conf")
        case .cannotRun, .mountNotPermitted: self.init(error.description, .notSound)
        case .unsafeDaemon:
            self.init(error.description, .notSound, hint: "if Exim does not run, remove the stale pid file; see `reload` in trustd.conf(5)")
        case .died, .notReloaded, .notStarted:
            self.init(error.description, .notReloaded, hint: "Exim's paniclog tells why")
        }
    }
}

/// How a change ended that was not done.
enum TrustChangeError: Error, Equatable {
    /// Nothing changed.
    case refused(Cause)
    /// It was live, or nearly; the old list is live again.
    case undone(Cause)
    /// Neither: what the disk and Exim hold may differ, and somebody must look.
    case stuck(Cause, undoing: Cause)
    /// Live, but the ledger does not know of it yet; the next command writes it down.
    case unfinished(Cause)
}

/// What trustctl's exit status means (DESIGN of the contract; sysexits(3)).
enum ExitStatus: Int32 {
    case done = 0
    // 10 to 16: what `client check` found, and for some of them why another command of the client's ends.
    /// The relay does not relay for this certificate yet.
    case waiting = 10
    case anotherRelay = 11
    case noCertificateAsked = 12
    case ownCertificateNotValid = 13
    case noTLS = 14
    case cannotConnect = 15
    case notPinned = 16
    case usage = 64
    /// Not a fingerprint, or Exim refused the candidate.
    case refused = 65
    case noSuchEntry = 66
    /// The reload failed, and the change was undone; for `status`: trustd does not follow.
    case notReloaded = 69
    case stuck = 70
    /// Another trustctl holds the lock, or somebody edits the list.
    case busy = 75
    case notPermitted = 77
    /// The configuration is not sound.
    case notSound = 78
}

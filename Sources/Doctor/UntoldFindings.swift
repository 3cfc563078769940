import EximControl
import SystemPackage
import TrustCore

/// Judges the processes that use the list, or may, and that trustctl cannot have read a change.
struct UntoldFindings {
    /// trustd.conf.
    let file: FilePath

    /// With what each still trusts although it is no longer in the list; nil when that cannot be seen.
    func findings(_ others: [(exim: UntoldExim, stale: Set<Fingerprint>?)]) -> [Finding] {
        others.map { exim, stale in
            var problem = exim.reason
            if let first = stale?.min(), let count = stale?.count, !exim.isStranger {
                problem += "; it STILL TRUSTS \(first)\(count > 1 ? " and \(count - 1) more" : "")"
            }
            return exim.isReader
                ? Finding(
                    .error, "exim-not-told", problem, "what is revoked stays trusted there, and approve is refused",
                    mend: exim.hint.replacing("trustd.conf", with: file.string))
                : Finding(.error, "exim-daemon-doubtful", problem, "trustctl cannot make the running exim read a change", mend: exim.hint)
        }
    }
}

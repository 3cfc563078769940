import EximControl
import SystemPackage
import Trust
import TrustCore

/// Judges whether Exim still reads what `trustctl setup` has written.
struct SetupFindings {
    /// The last setup in the ledger; nil when there was none, or it was taken back.
    let setup: LocalEffects.SetupChange?
    /// Whether Exim knows the macro that setup's texts define.
    let isRead: Bool
    /// The file that Exim reads first.
    let main: FilePath
    /// Whether Debian's configuration is split now; nil where Exim's is another one, or Debian's script does not say.
    let isSplit: Bool?
    /// Whether a file is there.
    let exists: (FilePath) -> Bool

    /// The one finding that explains all others: nothing of what setup has written counts.
    var finding: Finding? {
        guard let setup, setup.trust != nil, !isRead else { return nil }
        return Finding(
            .error, "setup-not-in-effect", "exim does not read what `trustctl setup` has written: \(cause(setup))",
            "no client can relay by certificate, and new ones do not appear in the queue", mend: "`trustctl setup`")
    }

    private func cause(_ setup: LocalEffects.SetupChange) -> String {
        // The last file is the one that brings the others into Exim's configuration.
        let written = setup.files.filter { $0.after != nil }.map { FilePath($0.path) }
        if let isSplit {
            let macros = DebianConfiguration.sources.appending("conf.d/main/00_trustd")
            let wasSplit = written.contains(macros)
            if wasSplit != isSplit, let activator = written.last {
                return isSplit
                    ? "Debian's configuration is split now (`dpkg-reconfigure exim4-config`), and \(activator) no longer counts"
                    : "Debian's configuration is not split any more (`dpkg-reconfigure exim4-config`), and \(activator) no longer counts"
            }
        }
        if let missing = written.first(where: { !exists($0) }) { return "\(missing) is missing" }
        return "\(main) no longer includes it"
    }
}

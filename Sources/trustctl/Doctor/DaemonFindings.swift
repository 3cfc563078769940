import TrustCore

/// Whether the running Exim does what its files say. Pure.
struct DaemonFindings {
    /// What a daemon has read.
    struct Memory {
        let pid: Int32
        /// The digests in its memory; nil when they cannot be seen.
        let digests: Set<String>?
    }

    let daemons: [Memory]
    /// What Exim would trust if it were started now; nil when that is not a plain list.
    let trusted: Set<Fingerprint>?
    /// All digests in the files as they are now, in comments too: what stands there may stand in memory, and means nothing.
    let written: Set<String>
    let mend: Mend

    var findings: [Finding] {
        guard !daemons.isEmpty else {
            return [
                Finding(
                    .warning, "exim-not-running", "exim does not run with this configuration",
                    "no mail comes in; what is approved counts when exim starts", mend: "start exim, on Debian `systemctl start exim4`")
            ]
        }
        guard let trusted else { return [] }
        return daemons.compactMap { daemon in
            guard let digests = daemon.digests else { return nil }
            let now = Set(trusted.map(\.description))
            // Only what was a fingerprint; a digest of something else that a configuration may hold is in the files too.
            let old = digests.subtracting(now).subtracting(written).sorted()
            let new = now.subtracting(digests).sorted()
            if let first = old.first {
                return Finding(
                    .error, "exim-not-reloaded",
                    "the running exim (process \(daemon.pid)) STILL TRUSTS \(first)\(Self.others(old)), which the list does not hold any more",
                    "what was taken out of the list may still relay", mend: mend.reload)
            }
            if let first = new.first {
                return Finding(
                    .error, "exim-not-reloaded",
                    "the running exim (process \(daemon.pid)) does not know \(first)\(Self.others(new)) yet, which the list holds",
                    "what was put into the list cannot relay", mend: mend.reload)
            }
            return nil
        }
    }

    private static func others(_ digests: [String]) -> String { digests.count > 1 ? " and \(digests.count - 1) more" : "" }
}

import TrustCore

/// Whether the running Exim does what its files say. Pure.
struct DaemonFindings {
    /// What a daemon has read.
    struct Memory {
        let pid: Int32
        /// The digests in its memory; nil when they cannot be seen.
        let digests: Set<String>?
        /// Whether it asks its clients for a certificate; nil when that could not be tried.
        var asks: Bool?
    }

    let daemons: [Memory]
    /// What Exim would trust if it were started now; nil when that is not a plain list.
    let trusted: Set<Fingerprint>?
    /// Whether Exim would ask for a certificate if it were started now; nil when that is not known.
    let wouldAsk: Bool?
    /// All digests in the files as they are now, in comments too: what stands there may stand in memory, and means nothing.
    let written: Set<String>
    let mend: Remedies

    var findings: [Finding] {
        guard !daemons.isEmpty else {
            return [
                Finding(
                    .warning, "exim-not-running", "exim does not run with this configuration",
                    "no mail comes in; what is approved counts when exim starts", mend: "start exim, on Debian `systemctl start exim4`")
            ]
        }
        return daemons.compactMap { stale($0) }
    }

    /// The list first: a daemon that has read an older one has read an older everything.
    private func stale(_ daemon: Memory) -> Finding? {
        if let digests = daemon.digests, let trusted {
            let now = Set(trusted.map(\.description))
            // Only what was a fingerprint; a digest of something else that a configuration may hold is in the files too.
            let old = digests.subtracting(now).subtracting(written).sorted()
            let new = now.subtracting(digests).sorted()
            if let first = old.first {
                return finding(
                    daemon, "STILL TRUSTS \(first)\(Self.others(old)), which the list does not hold any more",
                    "what was taken out of the list may still relay")
            }
            if let first = new.first {
                return finding(
                    daemon, "does not know \(first)\(Self.others(new)) yet, which the list holds", "what was put into the list cannot relay"
                )
            }
        }
        guard let asks = daemon.asks, let wouldAsk, asks != wouldAsk else { return nil }
        return finding(
            daemon,
            asks
                ? "asks clients for their certificate, and its configuration does not"
                : "does not ask clients for their certificate, and its configuration does",
            "it runs with an older configuration than the one on the disk")
    }

    private func finding(_ daemon: Memory, _ problem: String, _ consequence: String) -> Finding {
        Finding(.error, "exim-not-reloaded", "the running exim (process \(daemon.pid)) \(problem)", consequence, mend: mend.reload)
    }

    private static func others(_ digests: [String]) -> String { digests.count > 1 ? " and \(digests.count - 1) more" : "" }
}

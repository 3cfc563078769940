import TrustCore

/// Judges whether the running daemons have read the files as they are now.
struct DaemonFindings {
    /// What can be seen of a daemon.
    struct Memory {
        let pid: Int32
        /// The digests in its memory; nil when the memory cannot be read.
        let digests: Set<String>?
        /// Whether it has read a list in folder form; nil when that cannot be seen.
        var looksIntoFolder: Bool?
        /// Whether it asks its clients for a certificate; nil when that could not be tried.
        var asks: Bool?
    }

    let daemons: [Memory]
    /// What Exim would trust if it were started now; nil when that is not a plain list.
    let trusted: Set<Fingerprint>?
    /// Whether Exim would look into a folder if it were started now; nil when that is not known.
    var shouldLookIntoFolder: Bool?
    /// Whether Exim would ask for a certificate if it were started now; nil when that is not known.
    let wouldAsk: Bool?
    /// All digests in the files as they are now, in comments too: they may be in memory without meaning anything.
    let written: Set<String>
    let mend: Remedies

    var findings: [Finding] { daemons.compactMap { stale($0) } }

    /// No daemon runs, and nobody starts Exim for each connection.
    static func notRunning(_ mend: Remedies) -> Finding {
        Finding(
            .error, "exim-not-running", "exim does not run with this configuration",
            "no mail comes in; approvals take effect when exim starts", mend: mend.start)
    }

    /// The list first: a daemon with an older list has an older configuration altogether.
    private func stale(_ daemon: Memory) -> Finding? {
        if let digests = daemon.digests, let trusted {
            let now = Set(trusted.map(\.description))
            // What is left was a fingerprint: any other digest of the configuration is in the files too.
            let old = digests.subtracting(now).subtracting(written).sorted()
            let new = now.subtracting(digests).sorted()
            if let first = old.first {
                return finding(
                    daemon, "STILL TRUSTS \(first)\(Self.others(old)), which is no longer in the list",
                    "a client that was removed from the list may still relay")
            }
            if let first = new.first {
                return finding(
                    daemon, "does not know \(first)\(Self.others(new)) yet, which is in the list",
                    "a client that was added to the list cannot relay"
                )
            }
        }
        if let looks = daemon.looksIntoFolder, let should = shouldLookIntoFolder, looks != should {
            return finding(
                daemon,
                looks ? "still looks into the folder, and the list is a macro now" : "does not look into the folder of the list yet",
                "what is approved or revoked has no effect")
        }
        guard let asks = daemon.asks, let wouldAsk, asks != wouldAsk else { return nil }
        return finding(
            daemon,
            asks
                ? "asks clients for a certificate, but its configuration does not"
                : "does not ask clients for a certificate, but its configuration does",
            "it runs with an older configuration than that on the disk")
    }

    private func finding(_ daemon: Memory, _ problem: String, _ consequence: String) -> Finding {
        Finding(.error, "exim-not-reloaded", "the running exim (process \(daemon.pid)) \(problem)", consequence, mend: mend.reload)
    }

    private static func others(_ digests: [String]) -> String { digests.count > 1 ? " and \(digests.count - 1) more" : "" }
}

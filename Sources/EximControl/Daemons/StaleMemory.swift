package import Host
package import TrustCore

/// What a process that was not told still trusts, by its memory.
package struct StaleMemory {
    package let process: ProcessFacts

    package init(process: ProcessFacts) { self.process = process }

    /// Those of `lost` that are in its memory, and what else is there as a fingerprint but neither in `list` nor in a file of its
    /// configuration. Nil when its memory cannot be read; empty when it has ended.
    package func fingerprints(losing lost: Set<Fingerprint>, list: Set<Fingerprint>) -> Set<Fingerprint>? {
        guard process.isAlive else { return [] }
        guard let digests = DaemonMemory(process: process).digests else { return nil }
        let known = Set(digests.compactMap { try? Fingerprint(exactly: $0.utf8) })
        let main = DaemonArguments(process.arguments).configuration
        let written = main.map { IncludedFiles($0, seenBy: process).digests } ?? []
        return known.intersection(lost).union(known.subtracting(list).filter { main != nil && !written.contains($0.description) })
    }
}

import TrustCore

/// What is kept in memory of the entries in `pending/`: as much as limits and counting need, the rest stands in the files.
struct Census {
    struct Entry {
        /// By the log's place in the configuration: the sequence number up to which this fingerprint was counted.
        var counted: [UInt64]
        var lastSeen: Timestamp
        /// When we last read a line about it: one that we read late is not old for that. Nil: before we were started.
        var readAt: Timestamp?
        /// What a limit counts together; nil when no line of ours told the address.
        var block: String?
        var hasCertificate: Bool
    }

    private(set) var entries: [Fingerprint: Entry] = [:]
    private var perBlock: [String: Int] = [:]
    private(set) var withoutAddress = 0

    var count: Int { entries.count }

    func count(of block: String) -> Int { perBlock[block] ?? 0 }

    subscript(fingerprint: Fingerprint) -> Entry? {
        get { entries[fingerprint] }
        set {
            if let old = entries[fingerprint] { tally(old.block, by: -1) }
            if let newValue { tally(newValue.block, by: 1) }
            entries[fingerprint] = newValue
        }
    }

    mutating func read(_ fingerprint: Fingerprint, at now: Timestamp) {
        guard let index = entries.index(forKey: fingerprint) else { return }
        entries.values[index].readAt = now
    }

    /// What was gathered has been written.
    mutating func settled(_ fingerprint: Fingerprint, _ change: Change) {
        guard let index = entries.index(forKey: fingerprint) else { return }
        for (log, upTo) in change.counted.enumerated() where upTo > 0 { entries.values[index].counted[log] = upTo }
        if let last = change.lastSeen { entries.values[index].lastSeen = max(entries.values[index].lastSeen, last) }
    }

    private mutating func tally(_ block: String?, by change: Int) {
        guard let block else {
            withoutAddress += change
            return
        }
        let count = (perBlock[block] ?? 0) + change
        perBlock[block] = count > 0 ? count : nil
    }
}

import TrustCore

/// What is kept in memory of the entries in `pending/`: as much as limits and counting need, the rest stands in the files.
struct Census {
    struct Entry {
        /// By the log's place in the configuration: the sequence number up to which this fingerprint was counted.
        var counted: [UInt64]
        var lastSeen: Timestamp
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

    /// Counted only for a known fingerprint; the limits are not touched.
    mutating func counted(_ fingerprint: Fingerprint, log: Int, sequence: UInt64, at time: Timestamp) {
        guard let index = entries.index(forKey: fingerprint) else { return }
        entries.values[index].counted[log] = sequence
        entries.values[index].lastSeen = max(entries.values[index].lastSeen, time)
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

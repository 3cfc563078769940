import TrustCore

/// What is kept in memory of the entries in `pending/`: as much as the limits and the counting need. The rest is in the files.
struct EntryIndex {
    struct Entry {
        /// By the log's place in the configuration: the sequence number up to which this fingerprint was counted.
        var counted: PerLog
        var lastSeen: Timestamp
        /// When a line about it was last read, because a line that is read late does not make the entry old. Nil: before this start.
        var readAt: Timestamp?
        /// What `max_per_address` counts together; nil when no line told the address.
        var block: String?
        var hasCertificate: Bool
        /// Whether its file says what a neighbouring line told.
        var isObserved = false
    }

    /// A number for each log. There is one log nearly always: then it takes no memory of its own, of which a page for each entry would stay.
    struct PerLog {
        private var first: UInt64
        private var others: [UInt64]

        init(_ numbers: some Collection<UInt64>) {
            first = numbers.first ?? 0
            others = numbers.count > 1 ? Array(numbers.dropFirst()) : []
        }

        subscript(log: Int) -> UInt64 {
            get { log == 0 ? first : others[log - 1] }
            set { if log == 0 { first = newValue } else { others[log - 1] = newValue } }
        }
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

    /// The highest sequence number that any entry has counted for a log.
    func highestSequence(log: Int) -> UInt64 { entries.values.reduce(0) { max($0, $1.counted[log]) } }

    /// Adds an entry as its file has it; `logs` are the paths of the configured logs.
    mutating func add(_ entry: PendingEntry, logs: [String]) {
        self[entry.fingerprint] = Entry(
            counted: PerLog(logs.map { entry.counted[$0] ?? 0 }), lastSeen: entry.lastSeen, block: entry.addresses.first?.block,
            hasCertificate: entry.certificate != nil, isObserved: entry.observed != nil)
    }

    mutating func read(_ fingerprint: Fingerprint, at now: Timestamp) {
        guard let place = entries.index(forKey: fingerprint) else { return }
        entries.values[place].readAt = now
    }

    /// `entry` was written, with what was gathered for it.
    mutating func wrote(_ entry: PendingEntry, _ gathered: GatheredSightings) {
        guard var known = self[entry.fingerprint] else { return }
        for (log, upTo) in gathered.counted.enumerated() where upTo > 0 { known.counted[log] = upTo }
        if let last = gathered.lastSeen { known.lastSeen = max(known.lastSeen, last) }
        known.hasCertificate = entry.certificate != nil
        known.isObserved = entry.observed != nil
        known.block = known.block ?? entry.addresses.first?.block
        self[entry.fingerprint] = known
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

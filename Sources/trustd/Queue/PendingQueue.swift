package import LogLine
package import SystemPackage
package import TrustCore

/// `pending/`: one file for each fingerprint that waits for a decision.
///
/// Sightings are gathered here and written in batches (`write`). Nothing that is pending is thrown out to make room: what finds none is
/// refused and counted. trustctl removes files at any time, and what it has removed is not brought back.
package struct PendingQueue: ~Copyable {
    let configuration: Configuration
    /// The logs' configured paths: their names in the entries.
    let logs: [String]
    var folder: EntryFolder
    var index = EntryIndex()
    var batch: Batch
    private var decisions: DecisionFolders
    package var refusals = Refusals()
    var notes: [Note] = []
    /// Entries that were newly made and not taken yet.
    var announcements: [PendingEntry] = []
    /// When the index was last compared with the folder.
    private var reconciled: Duration = .zero
    /// When the folder was last changed before the index was compared with it, in nanoseconds since 1970.
    var noticed: Int64?

    /// Opens the folder, makes it if it is missing, and learns what is in it.
    package static func open(_ configuration: Configuration) throws(SystemError) -> PendingQueue {
        var queue = PendingQueue(configuration, folder: try EntryFolder(configuration.pending))
        try queue.load()
        return queue
    }

    private init(_ configuration: Configuration, folder: consuming EntryFolder) {
        self.configuration = configuration
        self.folder = folder
        logs = configuration.logs.map(\.string)
        decisions = DecisionFolders(configuration)
        batch = Batch(logs: configuration.logs.count)
    }

    package var count: Int { index.count }
    package var hasChanges: Bool { !batch.isEmpty }
    package var hasNew: Bool { batch.hasNew }
    /// Whether so much is gathered that it must be written now.
    package var isLarge: Bool { batch.isLarge }
    package var mustSynchronize: Bool { folder.mustSynchronize }
    /// Folders of decisions that cannot be read, and why.
    package var unreadable: [FilePath: SystemError] { decisions.unreadable }

    /// The highest sequence number that any entry has counted for a log.
    package func highestSequence(log: Int) -> UInt64 { index.highestSequence(log: log) }

    /// The notes for the operator, which are then forgotten.
    package mutating func takeNotes() -> [Note] {
        defer { notes = [] }
        return notes
    }

    /// The entries that were newly made since this was last asked.
    package mutating func takeAnnouncements() -> [PendingEntry] {
        defer { announcements = [] }
        return announcements
    }

    /// Begins a look at the logs: entries that were seen to exist in the last one are looked for again.
    package mutating func beginTurn() { batch.beginTurn() }
}

extension PendingQueue {
    /// Gathers what the lines of a log say; `log` is its place in the configuration.
    package mutating func take(_ found: [LineReader.Found], log: Int, now: Timestamp, clock: Duration) {
        for one in found { take(one.finding, log: log, sequence: one.sequence, now: now, clock: clock) }
    }

    mutating func take(_ finding: LineReader.Finding, log: Int, sequence: UInt64, now: Timestamp, clock: Duration) {
        switch finding {
        case .sighting(let sighting): take(sighting, log: log, sequence: sequence, now: now, clock: clock)
        case .observations(let all):
            for observed in all {
                guard let known = index[observed.fingerprint] else { continue }
                batch.add(
                    observed.facts, of: observed.fingerprint, hasCertificate: known.hasCertificate, isFirst: !known.isObserved)
            }
        case .noCertificate: refuse(.noCertificate, nil, clock: clock)
        case .nothing: break
        }
    }

    private mutating func take(_ sighting: LineReader.Sighting, log: Int, sequence: UInt64, now: Timestamp, clock: Duration) {
        if batch.addRepeat(sighting, log: log, sequence: sequence, now: now) { return }
        let fingerprint = sighting.fingerprint
        if let known = index[fingerprint] {
            // A line that is read again after a crash was counted already.
            guard sequence > max(known.counted[log], batch[fingerprint]?.counted[log] ?? 0) else { return }
            if isStillThere(fingerprint) {
                return add(sighting, isNew: false, hasCertificate: known.hasCertificate, log: log, sequence: sequence, now: now)
            }
            forget(fingerprint)
        }
        if let refusal = refusal(of: sighting, clock: clock) { return refuse(refusal, fingerprint, clock: clock) }
        index[fingerprint] = EntryIndex.Entry(
            counted: EntryIndex.PerLog(logs.map { _ in 0 }), lastSeen: sighting.time ?? now, block: sighting.address?.block,
            hasCertificate: false)
        add(sighting, isNew: true, hasCertificate: false, log: log, sequence: sequence, now: now)
    }

    /// Looked for once a turn, even while repeats are gathered: an entry that trustctl has removed meanwhile is a new one when its
    /// certificate is seen again, and must not vanish with the repeats of the old one.
    private func isStillThere(_ fingerprint: Fingerprint) -> Bool { batch.isCertain(fingerprint) || folder.has(fingerprint) }

    private mutating func add(
        _ sighting: LineReader.Sighting, isNew: Bool, hasCertificate: Bool, log: Int, sequence: UInt64, now: Timestamp
    ) {
        batch.add(sighting, isNew: isNew, hasCertificate: hasCertificate, log: log, sequence: sequence, now: now)
        index.read(sighting.fingerprint, at: now)
    }

    mutating func refuse(_ refusal: Refusal, _ fingerprint: Fingerprint?, sightings: UInt64 = 1, clock: Duration) {
        if let note = refusals.count(refusal, of: fingerprint, sightings: sightings, now: clock) { notes.append(note) }
    }

    /// Nil when there is room. What trustctl has removed makes room, so that is looked up before anything is refused.
    private mutating func refusal(of sighting: LineReader.Sighting, clock: Duration) -> Refusal? {
        if decisions.isDenied(sighting.fingerprint, &notes) { return .denied }
        guard let refusal = limit(for: sighting.address) else { return nil }
        // A certificate that the operator has put into the trust directory is awaited: a flood must not keep it out.
        if decisions.isAwaited(sighting.fingerprint, &notes) { return nil }
        guard clock - reconciled >= .seconds(1) else { return refusal }
        reconciled = clock
        reconcile()
        return limit(for: sighting.address)
    }

    private func limit(for address: Address?) -> Refusal? {
        if index.count >= configuration.maxPending { return .full }
        if let address { return index.count(of: address.block) >= configuration.maxPerAddress ? .fullForAddress : nil }
        return index.withoutAddress >= max(1, configuration.maxPending / 2) ? .fullWithoutAddress : nil
    }
}

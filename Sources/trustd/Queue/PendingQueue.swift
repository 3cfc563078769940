import Glibc
import SystemPackage
import TrustCore

/// `pending/`: one file per fingerprint that waits for a decision.
///
/// Sightings are gathered here and written in batches (`write`). Nothing that is pending is ever thrown out to make room; what finds none is
/// refused and counted. trustctl removes files at any time, and what it has removed is not brought back.
struct PendingQueue: ~Copyable {
    var folder: Folder
    let configuration: Configuration
    /// The logs' configured paths: their names in the entries.
    let logs: [String]

    var census = Census()
    var changes: [Fingerprint: Change] = [:]
    var refusals = Refusals()
    /// To be said, and taken away, by the caller.
    var notes: [Note] = []
    /// Entries that were newly made since the caller last took them away.
    var announcements: [PendingEntry] = []
    /// Folders in which no name can be looked up, and why.
    private(set) var blind: [FilePath: SystemError] = [:]
    /// The names in the folder may not be on the disk yet.
    var mustSynchronize = false

    private var newChanges = 0
    private var gathered = 0
    private var reconciled: Int64 = 0
    private var turn: UInt64 = 1

    /// A batch is written when it holds that many changes or bytes of certificates, so that a flood does not fill the memory.
    private static let maximumBatch = 1_024
    private static let maximumGathered = 4 << 20

    /// Opens the folder, makes it if it is missing, and learns what is in it.
    static func open(_ configuration: Configuration) throws(SystemError) -> PendingQueue {
        var queue = PendingQueue(folder: try Folder.making(configuration.pending, mode: 0o750), configuration: configuration)
        try queue.folder.probe()
        try queue.load()
        return queue
    }

    private init(folder: consuming Folder, configuration: Configuration) {
        self.folder = folder
        self.configuration = configuration
        logs = configuration.logs.map(\.string)
    }

    var count: Int { census.count }
    var hasChanges: Bool { !changes.isEmpty }
    var hasNew: Bool { newChanges > 0 }
    /// Repeats do not count: a flood of them only moves counters, and must not write 1,024 files as fast as the disk can.
    var isLarge: Bool { newChanges >= Self.maximumBatch || gathered >= Self.maximumGathered }

    /// The highest sequence number that any entry has counted for a log.
    func highestSequence(log: Int) -> UInt64 {
        census.entries.values.reduce(0) { max($0, $1.counted[log]) }
    }

    mutating func take(_ finding: LineReader.Finding, log: Int, sequence: UInt64, now: Timestamp, clock: Int64) {
        switch finding {
        case .sighting(let sighting): take(sighting, log: log, sequence: sequence, now: now, clock: clock)
        case .observation(let fingerprint, let observation):
            guard let known = census[fingerprint] else { return }
            var change = changes[fingerprint] ?? newChange(isNew: false, hasCertificate: known.hasCertificate)
            change.observed = observation
            changes[fingerprint] = change
        case .noCertificate: refuse(.noCertificate, nil, clock: clock)
        case .nothing: break
        }
    }

    private mutating func take(_ sighting: LineReader.Sighting, log: Int, sequence: UInt64, now: Timestamp, clock: Int64) {
        let fingerprint = sighting.fingerprint
        if let place = changes.index(forKey: fingerprint) {
            // A repeat within a turn only moves counters: a flood brings hundreds of thousands a second.
            let counted = changes.values[place].counted[log]
            if counted > 0, isLookedFor(changes.values[place]), !changes.values[place].wantsCertificate || sighting.certificate == nil {
                if sequence > counted { changes.values[place].add(sighting, log: log, sequence: sequence, now: now) }
                return
            }
        }
        if let known = census[fingerprint] {
            // A replay after a crash: this line was counted.
            guard sequence > max(known.counted[log], changes[fingerprint]?.counted[log] ?? 0) else { return }
            if isStillThere(fingerprint) {
                add(sighting, isNew: false, hasCertificate: known.hasCertificate, log: log, sequence: sequence, now: now)
                return
            }
            forget(fingerprint)
        }
        if let refusal = refusal(of: sighting, clock: clock) { return refuse(refusal, fingerprint, clock: clock) }
        newChanges += 1
        census[fingerprint] = Census.Entry(
            counted: logs.map { _ in 0 }, lastSeen: sighting.time ?? now, block: sighting.address?.block,
            hasCertificate: false)
        add(sighting, isNew: true, hasCertificate: false, log: log, sequence: sequence, now: now)
    }

    /// Looked for once a turn, also while repeats are gathered: an entry that trustctl has removed meanwhile is a new one when its
    /// certificate is seen again, and must not vanish with the repeats of the old one.
    private mutating func isStillThere(_ fingerprint: Fingerprint) -> Bool {
        if let change = changes[fingerprint], isLookedFor(change) { return true }
        return folder.has(fingerprint.description)
    }

    private func isLookedFor(_ change: Change) -> Bool { change.isNew || change.lookedFor == turn }

    /// Begins a look at the logs.
    mutating func beginTurn() { turn += 1 }

    private func newChange(isNew: Bool, hasCertificate: Bool) -> Change {
        Change(isNew: isNew, keepsCertificate: !hasCertificate, logs: logs.count)
    }

    private mutating func add(
        _ sighting: LineReader.Sighting, isNew: Bool, hasCertificate: Bool, log: Int, sequence: UInt64, now: Timestamp
    ) {
        var change = changes[sighting.fingerprint] ?? newChange(isNew: isNew, hasCertificate: hasCertificate)
        let before = change.certificate?.utf8.count ?? 0
        change.add(sighting, log: log, sequence: sequence, now: now)
        change.lookedFor = turn
        census.read(sighting.fingerprint, at: now)
        gathered += (change.certificate?.utf8.count ?? 0) - before
        changes[sighting.fingerprint] = change
    }

    private mutating func refuse(_ refusal: Refusal, _ fingerprint: Fingerprint?, sightings: UInt64 = 1, clock: Int64) {
        if let note = refusals.count(refusal, of: fingerprint, sightings: sightings, now: clock) { notes.append(note) }
    }

    /// Nil when there is room. What trustctl has taken away makes room, so it is looked for before anybody is refused.
    private mutating func refusal(of sighting: LineReader.Sighting, clock: Int64) -> Refusal? {
        if exists(sighting.fingerprint.description, in: configuration.denied) { return .denied }
        guard let refusal = limit(for: sighting.address) else { return nil }
        // Whose certificate the operator has put into the trust directory is awaited: a flood must not keep it out.
        if exists(SharedFiles.certificate(of: sighting.fingerprint), in: configuration.certificates) { return nil }
        guard clock - reconciled >= 1_000 else { return refusal }
        reconciled = clock
        reconcile()
        return limit(for: sighting.address)
    }

    private func limit(for address: Address?) -> Refusal? {
        if census.count >= configuration.maxPending { return .full }
        if let address { return census.count(of: address.block) >= configuration.maxPerAddress ? .fullForAddress : nil }
        return census.withoutAddress >= max(1, configuration.maxPending / 2) ? .fullWithoutAddress : nil
    }

    /// Only an error that says so means no. With any other, what was denied comes back into the queue, and that has to be said.
    private mutating func exists(_ name: String, in folder: FilePath) -> Bool {
        let found = faccessat(AT_FDCWD, "\(folder.string)/\(name)", F_OK, AT_SYMLINK_NOFOLLOW) == 0
        guard !found, errno != ENOENT, errno != ENOTDIR else {
            blind[folder] = nil
            return found
        }
        let error = SystemError("look into", folder)
        if blind[folder] != error {
            notes.append(
                Note(
                    message: "\(error): what was decided there is not known", hint: "let the user that trustd runs as search that folder",
                    severity: .error))
        }
        blind[folder] = error
        return false
    }

    /// Its file is gone, or never came.
    mutating func forget(_ fingerprint: Fingerprint) {
        census[fingerprint] = nil
        settle(fingerprint)
    }

    /// Nothing of it waits to be written any more.
    mutating func settle(_ fingerprint: Fingerprint) {
        guard let change = changes.removeValue(forKey: fingerprint) else { return }
        if change.isNew { newChanges -= 1 }
        gathered -= change.certificate?.utf8.count ?? 0
    }

    mutating func refuseNameTaken(_ fingerprint: Fingerprint, clock: Int64) {
        let sightings = changes[fingerprint]?.sightings ?? 0
        forget(fingerprint)
        if sightings > 0 { refuse(.nameTaken, fingerprint, sightings: sightings, clock: clock) }
    }
}

import LogLine
import TrustCore

/// What was gathered and is not written yet.
struct Batch {
    private var gathered: [Fingerprint: GatheredSightings] = [:]
    private var newEntries = 0
    /// Entries whose file lacks what was observed now.
    private var completed = 0
    /// Bytes of certificates.
    private var certificates = 0
    /// The look at the logs that is under way.
    private var turn: UInt64 = 1
    /// How many logs there are.
    private let logs: Int

    /// A batch is written when it holds so many new entries or bytes of certificates: a flood must not fill the memory.
    private static let maximumEntries = 1_024
    private static let maximumCertificates = 4 << 20

    init(logs: Int) { self.logs = logs }

    var isEmpty: Bool { gathered.isEmpty }
    /// Whether something waits that is worth a write of its own: once for each entry, and once for the first facts that complete it.
    var hasNew: Bool { newEntries > 0 || completed > 0 }
    /// Repeats do not count: a flood of them only moves counters, and must not write 1,024 files as fast as the disk can.
    var isLarge: Bool { newEntries >= Self.maximumEntries || certificates >= Self.maximumCertificates }
    var fingerprints: [Fingerprint] { Array(gathered.keys) }
    var newFingerprints: [Fingerprint] { gathered.filter(\.value.isNew).map(\.key) }

    subscript(fingerprint: Fingerprint) -> GatheredSightings? { gathered[fingerprint] }

    func contains(_ fingerprint: Fingerprint) -> Bool { gathered[fingerprint] != nil }

    /// Begins a look at the logs.
    mutating func beginTurn() { turn += 1 }

    /// Whether the entry's file is still to be written for the first time, or was seen to exist in this turn.
    func isCertain(_ fingerprint: Fingerprint) -> Bool { gathered[fingerprint]?.isCertain(in: turn) ?? false }

    /// Adds a sighting that only moves counters; false when it does more than that. A flood brings hundreds of thousands a second.
    mutating func addRepeat(_ sighting: LineReader.Sighting, log: Int, sequence: UInt64, now: Timestamp) -> Bool {
        guard let place = gathered.index(forKey: sighting.fingerprint) else { return false }
        return gathered.values[place].addRepeat(sighting, turn: turn, log: log, sequence: sequence, now: now)
    }

    /// Adds a sighting of an entry that is new, or whose file was just seen to exist.
    mutating func add(
        _ sighting: LineReader.Sighting, isNew: Bool, hasCertificate: Bool, log: Int, sequence: UInt64, now: Timestamp
    ) {
        var one = sightings(of: sighting.fingerprint, isNew: isNew, hasCertificate: hasCertificate)
        let before = one.certificate?.utf8.count ?? 0
        one.add(sighting, log: log, sequence: sequence, now: now)
        one.lookedFor = turn
        certificates += (one.certificate?.utf8.count ?? 0) - before
        gathered[sighting.fingerprint] = one
    }

    /// - Parameter isFirst: whether nothing was observed of the entry before.
    mutating func add(_ observation: PendingEntry.Observation, of fingerprint: Fingerprint, hasCertificate: Bool, isFirst: Bool) {
        if let place = gathered.index(forKey: fingerprint), gathered.values[place].observed == observation { return }
        var one = sightings(of: fingerprint, isNew: false, hasCertificate: hasCertificate)
        one.observed = observation
        if isFirst, !one.isNew, !one.completes {
            one.completes = true
            completed += 1
        }
        gathered[fingerprint] = one
    }

    /// What was gathered of it, or the beginning of that.
    private mutating func sightings(of fingerprint: Fingerprint, isNew: Bool, hasCertificate: Bool) -> GatheredSightings {
        if let known = gathered[fingerprint] { return known }
        if isNew { newEntries += 1 }
        return GatheredSightings(isNew: isNew, keepsCertificate: !hasCertificate, logs: logs)
    }

    /// Nothing of it waits to be written any more.
    @discardableResult
    mutating func remove(_ fingerprint: Fingerprint) -> GatheredSightings? {
        guard let one = gathered.removeValue(forKey: fingerprint) else { return nil }
        if one.isNew { newEntries -= 1 }
        if one.completes { completed -= 1 }
        // A flood must not leave its room behind.
        if gathered.isEmpty { gathered = [:] }
        certificates -= one.certificate?.utf8.count ?? 0
        return one
    }
}

import LogLine
import TrustCore

/// The sightings of one fingerprint since its entry was last written.
struct GatheredSightings {
    /// Whether the entry has no file yet.
    let isNew: Bool
    private(set) var sightings: UInt64 = 0
    private var first: Timestamp?
    private var last: Timestamp?
    private(set) var addresses: [Address] = []
    var observed: PendingEntry.Observation?
    /// Whether that is the first that its file is to say of a neighbouring line.
    var completes = false
    private(set) var certificate: String?
    /// By the log's place in the configuration: the sequence number up to which these sightings count; 0 when there are none.
    private(set) var counted: [UInt64]
    /// The turn in which the entry's file was last seen to exist.
    var lookedFor: UInt64 = 0
    /// Whether the entry has no certificate yet.
    private let keepsCertificate: Bool

    /// A longer certificate would not fit into an entry.
    private static let maximumCertificate = PendingEntry.maximumSize * 3 / 4

    init(isNew: Bool, keepsCertificate: Bool, logs: Int) {
        self.isNew = isNew
        self.keepsCertificate = keepsCertificate
        counted = Array(repeating: 0, count: logs)
    }

    var lastSeen: Timestamp? { last }

    /// Whether the certificate of the next sighting is kept.
    var wantsCertificate: Bool { keepsCertificate && certificate == nil }

    /// Whether the entry's file is still to be written for the first time, or was seen to exist in this turn.
    func isCertain(in turn: UInt64) -> Bool { isNew || lookedFor == turn }

    /// Adds a sighting that only moves counters; false when it does more than that.
    mutating func addRepeat(_ sighting: LineReader.Sighting, turn: UInt64, log: Int, sequence: UInt64, now: Timestamp) -> Bool {
        guard counted[log] > 0, isCertain(in: turn), !wantsCertificate || sighting.certificate == nil else { return false }
        if sequence > counted[log] { add(sighting, log: log, sequence: sequence, now: now) }
        return true
    }

    mutating func add(_ sighting: LineReader.Sighting, log: Int, sequence: UInt64, now: Timestamp) {
        let time = sighting.time ?? now
        sightings += 1
        first = min(first ?? time, time)
        last = max(last ?? time, time)
        if let address = sighting.address, address != addresses.last {
            addresses.removeAll { $0 == address }
            addresses.append(address)
            if addresses.count > PendingEntry.maximumAddresses { addresses.removeFirst() }
        }
        counted[log] = sequence
        if wantsCertificate, let written = sighting.certificate, written.utf8.count <= Self.maximumCertificate {
            certificate = written
        }
    }

    /// The new entry that they make; nil when there are none.
    func entry(of fingerprint: Fingerprint, logs: [String]) -> PendingEntry? {
        guard let first, let last else { return nil }
        return PendingEntry(
            fingerprint: fingerprint, firstSeen: first, lastSeen: last, sightings: sightings, addresses: addresses, observed: observed,
            counted: counted(by: logs), certificate: certificate
        ).fitting
    }

    private func counted(by logs: [String]) -> [String: UInt64] {
        var named: [String: UInt64] = [:]
        for (log, upTo) in zip(logs, counted) where upTo > 0 { named[log] = upTo }
        return named
    }

    /// The entry with these sightings added.
    func added(to entry: PendingEntry, logs: [String]) -> PendingEntry {
        var entry = entry
        entry.sightings += sightings
        if let first { entry.firstSeen = min(entry.firstSeen, first) }
        if let last { entry.lastSeen = max(entry.lastSeen, last) }
        for address in addresses { entry.remember(address) }
        if let observed { entry.observed = observed }
        entry.counted.merge(counted(by: logs)) { max($0, $1) }
        if entry.certificate == nil { entry.certificate = certificate }
        return entry.fitting
    }
}

extension PendingEntry {
    /// Without the certificate if it would be too large with it: the count matters more.
    fileprivate var fitting: PendingEntry {
        guard certificate != nil, encoded().count > Self.maximumSize else { return self }
        var entry = self
        entry.certificate = nil
        return entry
    }
}

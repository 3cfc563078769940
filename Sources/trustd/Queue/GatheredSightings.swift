import TrustCore

/// What was sighted of one fingerprint since its file was last written.
struct Change {
    /// There is no file yet.
    let isNew: Bool
    private(set) var sightings: UInt64 = 0
    private var first: Timestamp?
    private var last: Timestamp?
    private(set) var addresses: [Address] = []
    var observed: PendingEntry.Observation?
    private(set) var certificate: String?
    /// By the log's place in the configuration: the sequence number up to which was counted here; 0 when nothing was.
    private(set) var counted: [UInt64]
    /// The turn in which the entry's file was last looked for.
    var lookedFor: UInt64 = 0
    /// The entry has none yet.
    private let keepsCertificate: Bool

    /// A longer certificate does not fit into an entry anyway.
    private static let maximumCertificate = PendingEntry.maximumSize * 3 / 4

    init(isNew: Bool, keepsCertificate: Bool, logs: Int) {
        self.isNew = isNew
        self.keepsCertificate = keepsCertificate
        counted = Array(repeating: 0, count: logs)
    }

    /// The latest moment at which it was sighted.
    var lastSeen: Timestamp? { last }

    /// Whether the next certificate is kept.
    var wantsCertificate: Bool { keepsCertificate && certificate == nil }

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

    /// The entry that this change makes; nil when nothing was sighted.
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

    func applied(to entry: PendingEntry, logs: [String]) -> PendingEntry {
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
    /// Without the certificate if it is too large with it: the count goes before the comfort.
    fileprivate var fitting: PendingEntry {
        guard certificate != nil, encoded().count > Self.maximumSize else { return self }
        var entry = self
        entry.certificate = nil
        return entry
    }
}

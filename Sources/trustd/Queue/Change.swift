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
    /// By the log's configured path.
    private var counted: [String: UInt64] = [:]

    /// A longer certificate does not fit into an entry anyway.
    private static let maximumCertificate = PendingEntry.maximumSize * 3 / 4

    init(isNew: Bool) { self.isNew = isNew }

    mutating func add(_ sighting: LineReader.Sighting, log: String, sequence: UInt64, now: Timestamp, keepingCertificate: Bool) {
        let time = sighting.time ?? now
        sightings += 1
        first = min(first ?? time, time)
        last = max(last ?? time, time)
        if let address = sighting.address {
            addresses.removeAll { $0 == address }
            addresses.append(address)
            if addresses.count > PendingEntry.maximumAddresses { addresses.removeFirst() }
        }
        counted[log] = sequence
        if keepingCertificate, certificate == nil, let written = sighting.certificate, written.utf8.count <= Self.maximumCertificate {
            certificate = written
        }
    }

    /// The entry that this change makes; nil when nothing was sighted.
    func entry(of fingerprint: Fingerprint) -> PendingEntry? {
        guard let first, let last else { return nil }
        return PendingEntry(
            fingerprint: fingerprint, firstSeen: first, lastSeen: last, sightings: sightings, addresses: addresses, observed: observed,
            counted: counted, certificate: certificate
        ).fitting
    }

    func applied(to entry: PendingEntry) -> PendingEntry {
        var entry = entry
        entry.sightings += sightings
        if let first { entry.firstSeen = min(entry.firstSeen, first) }
        if let last { entry.lastSeen = max(entry.lastSeen, last) }
        for address in addresses { entry.remember(address) }
        if let observed { entry.observed = observed }
        entry.counted.merge(counted) { max($0, $1) }
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

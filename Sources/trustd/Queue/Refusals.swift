import TrustCore

/// Why a sighting is not queued.
enum Refusal: String, CaseIterable {
    case denied
    case full
    case fullForAddress = "full-for-address"
    case fullWithoutAddress = "full-without-address"
    case noCertificate = "no-certificate"
    case nameTaken = "name-taken"

    var reason: String {
        switch self {
        case .denied: "denied before"
        case .full: "the queue is full (max_pending)"
        case .fullForAddress: "too many are pending from one address (max_per_address)"
        case .fullWithoutAddress: "too many of unknown address are pending (half of max_pending)"
        case .noCertificate: "the digest of no certificate"
        case .nameTaken: "a file that is no entry stands in its place"
        }
    }

    fileprivate var hint: String? {
        switch self {
        case .full, .fullForAddress, .fullWithoutAddress: "trustctl forget makes room; trustctl approve needs none"
        case .denied, .noCertificate: nil
        case .nameTaken: "remove that file"
        }
    }
}

/// Counts what was refused and says it once per burst: a flood must not flood the log too.
struct Refusals {
    /// Milliseconds for which one message stands.
    static let burst: Int64 = 60_000

    private struct Burst {
        var since: Int64
        var unsaid: UInt64
    }

    /// Since the state was made: they are saved with the position.
    private(set) var counts: [Refusal: UInt64] = [:]
    private var bursts: [Refusal: Burst] = [:]

    var saved: [String: UInt64] { Dictionary(uniqueKeysWithValues: counts.map { ($0.rawValue, $1) }) }

    /// Goes on from there; a word of a later trustd's is dropped.
    mutating func restore(_ saved: [String: UInt64]) {
        for (word, count) in saved { if let refusal = Refusal(rawValue: word) { counts[refusal] = count } }
    }

    /// What to say about it, if anything.
    mutating func count(_ refusal: Refusal, of fingerprint: Fingerprint?, sightings: UInt64 = 1, now: Int64) -> Note? {
        counts[refusal, default: 0] += sightings
        guard bursts[refusal] == nil else {
            bursts[refusal]?.unsaid += sightings
            return nil
        }
        bursts[refusal] = Burst(since: now, unsaid: sightings - 1)
        return Note(
            message: "refused\(fingerprint.map { " \($0)" } ?? " a sighting"): \(refusal.reason)", hint: refusal.hint,
            severity: refusal == .denied ? .information : .warning)
    }

    /// What came after the first of each burst that is over or a minute old.
    mutating func due(now: Int64) -> [Note] {
        var notes: [Note] = []
        for (refusal, burst) in bursts where now - burst.since >= Self.burst {
            guard burst.unsaid > 0 else {
                bursts[refusal] = nil
                continue
            }
            notes.append(Note(message: "refused \(burst.unsaid) more: \(refusal.reason)"))
            bursts[refusal] = Burst(since: now, unsaid: 0)
        }
        return notes
    }
}

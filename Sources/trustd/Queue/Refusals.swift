package import TrustCore

/// Counts what was refused and reports it once per burst: a flood must not flood trustd's own log too.
package struct Refusals {
    /// How long one message stands for what follows.
    static let burst: Duration = .seconds(60)

    private struct Burst {
        var since: Duration
        var unreported: UInt64
    }

    /// Since the state was made. They are saved with the position.
    package private(set) var counts: [Refusal: UInt64] = [:]
    private var bursts: [Refusal: Burst] = [:]

    /// The counts by the words of the reasons.
    package var saved: [String: UInt64] { Dictionary(uniqueKeysWithValues: counts.map { ($0.rawValue, $1) }) }

    /// Goes on from saved counts; an unknown word (of a later version) is dropped.
    package mutating func restore(_ saved: [String: UInt64]) {
        for (word, count) in saved { if let refusal = Refusal(rawValue: word) { counts[refusal] = count } }
    }

    /// Counts a refusal. Returns what to report about it, if anything.
    mutating func count(_ refusal: Refusal, of fingerprint: Fingerprint?, sightings: UInt64 = 1, now: Duration) -> Note? {
        counts[refusal, default: 0] += sightings
        guard bursts[refusal] == nil else {
            bursts[refusal]?.unreported += sightings
            return nil
        }
        bursts[refusal] = Burst(since: now, unreported: sightings - 1)
        return Note(
            message: "refused\(fingerprint.map { " \($0)" } ?? " a sighting"): \(refusal.reason)", hint: refusal.hint,
            severity: refusal == .denied ? .information : .warning)
    }

    /// Reports what followed the first refusal of each burst that is a minute old.
    package mutating func due(now: Duration) -> [Note] {
        var notes: [Note] = []
        for (refusal, burst) in bursts where now - burst.since >= Self.burst {
            guard burst.unreported > 0 else {
                bursts[refusal] = nil
                continue
            }
            notes.append(Note(message: "refused \(burst.unreported) more: \(refusal.reason)"))
            bursts[refusal] = Burst(since: now, unreported: 0)
        }
        return notes
    }
}

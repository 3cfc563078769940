package import TrustCore

/// What one relay has queued, as a console's trustsync keeps it in `mirror/sightings`: a file for each relay, which is a pack of trustd's
/// entries without their certificates. Those are in `mirror/certificates`, each once, whoever saw it.
///
/// All of it is hearsay: from a relay's trustsync, by a database, in a file of another user's. It is shown, and decides nothing.
package enum MirroredSightings {
    /// All relays' entries together, and the bytes of one relay's file. They share the room, so that one that lies pushes out nobody else's.
    package static let most = 10_000
    package static let mostBytes = 4 << 20
    /// Of all files together.
    package static let mostBytesOfAll = 32 << 20

    /// What each of so many relays may fill.
    package static func share(of relays: Int) -> (entries: Int, bytes: Int) {
        (max(1, most / max(relays, 1)), min(mostBytes, max(PendingEntry.maximumSize, mostBytesOfAll / max(relays, 1))))
    }

    /// One entry in such a file.
    package static func encoded(_ entry: PendingEntry) -> [UInt8] {
        var entry = entry
        (entry.certificate, entry.counted) = (nil, [:])
        return PackRecord(body: entry.encoded(), signature: []).encoded
    }

    /// The entries of a file, each fingerprint once. What is none is left out.
    package static func entries(_ bytes: [UInt8]) -> [PendingEntry] {
        guard var reader = try? PackReader(bytes, limit: mostBytes) else { return [] }
        var entries: [PendingEntry] = []
        var seen: Set<Fingerprint> = []
        while entries.count < most, let record = try? reader.next() {
            guard let entry = entry(record.body), seen.insert(entry.fingerprint).inserted else { continue }
            entries.append(entry)
        }
        return entries
    }

    private static let beginning = Array("trustd-pending 1\nFingerprint: ".utf8)

    private static func entry(_ body: [UInt8]) -> PendingEntry? {
        guard body.starts(with: beginning) else { return nil }
        let name = String(decoding: body.dropFirst(beginning.count).prefix(Fingerprint.digits), as: UTF8.self)
        guard var entry = try? PendingEntry(decoding: body, name: name) else { return nil }
        (entry.certificate, entry.counted) = (nil, [:])
        return entry
    }
}

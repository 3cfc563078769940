package import FleetCarrier
package import TrustCore

/// All that waits on one relay, at one moment.
package struct MemberSightings: Equatable, Sendable {
    package let fleet: FleetIdentity
    package let member: String
    package let time: ReceiptTime
    /// The latest first, each certificate once.
    package let entries: [PendingEntry]

    private init(fleet: FleetIdentity, member: String, time: ReceiptTime, sorted entries: [PendingEntry]) {
        (self.fleet, self.member, self.time, self.entries) = (fleet, member, time, entries)
    }

    /// Of this queue the latest entries, as many as one relay may have.
    package init(fleet: FleetIdentity, member: String, time: ReceiptTime, queue: [PendingEntry]) {
        let whole = MemberSightings(
            fleet: fleet, member: member, time: time,
            sorted: queue.map(\.reported).sorted { ($1.lastSeen, $0.fingerprint) < ($0.lastSeen, $1.fingerprint) })
        self = whole.within((MirroredSightings.most, MirroredSightings.mostBytes))
    }

    /// The latest of it that fit into this room.
    package func within(_ room: (entries: Int, bytes: Int)) -> MemberSightings {
        var bytes = room.bytes
        let kept = entries.prefix(room.entries).prefix { entry in
            bytes -= entry.block.utf8.count
            return bytes >= 0
        }
        return MemberSightings(fleet: fleet, member: member, time: time, sorted: Array(kept))
    }

    /// Its texts: at least one, which says that nothing waits.
    package var records: [SightingRecord] {
        var parts: [[PendingEntry]] = [[]]
        var room = Self.room
        for entry in entries {
            let size = entry.block.utf8.count
            if size > room {
                parts.append([])
                room = Self.room
            }
            parts[parts.count - 1].append(entry)
            room -= size
        }
        return parts.enumerated().map { number, entries in
            SightingRecord(fleet: fleet, member: member, time: time, part: number + 1, parts: parts.count, entries: entries)
        }
    }

    /// For entries in one text: names and a time have less than the rest.
    private static let room = SightingRecord.maximumSize - 512

    /// Of these texts of one relay and one moment, in any order. Nil unless each part is there, and no certificate is in two of them.
    package init?(joining records: [SightingRecord]) {
        guard let first = records.first else { return nil }
        var parts: [Int: SightingRecord] = [:]
        for one in records {
            guard one.fleet == first.fleet, one.member == first.member, one.time == first.time, one.parts == first.parts else { return nil }
            // The same one twice is once.
            guard parts.updateValue(one, forKey: one.part).map({ $0 == one }) ?? true else { return nil }
        }
        guard parts.count == first.parts else { return nil }
        let entries = parts.sorted { $0.key < $1.key }.flatMap(\.value.entries)
        guard entries.count <= MirroredSightings.most, Set(entries.map(\.fingerprint)).count == entries.count else { return nil }
        let sorted = entries.sorted { ($1.lastSeen, $0.fingerprint) < ($0.lastSeen, $1.fingerprint) }
        self.init(fleet: first.fleet, member: first.member, time: first.time, sorted: sorted)
    }
}

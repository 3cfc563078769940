import FleetCarrier
import TrustCore

@testable import Fleet

/// What packs say of what waits on a relay: the text that its root signs, and the queue's entry that goes into one.
enum SightingTarget {
    static func take(_ bytes: [UInt8]) {
        do throws(FleetTextError) {
            let record = try SightingRecord(bytes)
            demand(record.encoded == bytes, "what waits has one spelling")
            demand(String(decoding: bytes, as: UTF8.self).isPlain, "what waits is plain text")
            demand(bytes.count <= SightingRecord.maximumSize && record.entries.count <= MirroredSightings.most, "it keeps the limits")
            demand((1...SightingRecord.mostParts).contains(record.parts), "it keeps the limits")
            demand((1...record.parts).contains(record.part), "it is a part of a whole")
            demand(Set(record.entries.map(\.fingerprint)).count == record.entries.count, "each certificate waits once")
            demand(record.entries.allSatisfy { $0.reported == $0 }, "an entry is as reported")
            whole(record)
        } catch { demand("\(error)".isPlain, "the reason for a refusal is plain text") }
        queued(bytes)
    }

    /// Alone, and as one of two.
    private static func whole(_ record: SightingRecord) {
        let joined = MemberSightings(joining: [record, record])
        demand((joined != nil) == (record.parts == 1), "a whole has all its parts")
        guard let joined else { return }
        demand(joined.entries.count == record.entries.count, "nothing is lost in a whole")
        let few = joined.within((3, 4_096))
        demand(few.entries.elementsEqual(joined.entries.prefix(few.entries.count)) && few.entries.count <= 3, "a share has the latest")
        demand(MemberSightings(joining: few.records) == few, "what is kept reads back")
    }

    /// Whatever trustd's user has put into the queue can be said.
    private static func queued(_ bytes: [UInt8]) {
        let named = bytes.split(separator: 0x0A).first { $0.starts(with: "Fingerprint: ".utf8) }?.dropFirst(13) ?? []
        guard let entry = try? PendingEntry(decoding: bytes, name: String(decoding: named, as: UTF8.self)) else { return }
        let fleet = FleetIdentity(name: "fuzz", genesis: Digest(entry.fingerprint))
        let all = MemberSightings(
            fleet: fleet, member: "mx1", time: ReceiptTime(Timestamp(seconds: 1), milliseconds: 0), queue: [entry])
        let read = all.records.map { record in demand("what is said reads back") { try SightingRecord(record.encoded) } }
        demand(MemberSightings(joining: read) == all && all.entries.count == 1, "an entry of the queue reads back")
    }
}

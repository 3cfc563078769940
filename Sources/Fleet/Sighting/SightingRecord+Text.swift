import FleetCarrier
import TrustCore

extension SightingRecord: MemberText {
    /// The text that `bytes` are. Throws for any other bytes: `encoded` gives back the same ones, or they are none.
    package init(_ bytes: [UInt8]) throws(FleetTextError) {
        var lines = try ExactLines(bytes, kind: Self.kind, limit: Self.maximumSize)
        let fleet = try lines.required("Fleet") { text in FleetIdentity(text).flatMap { $0.genesis == nil ? nil : $0 } }
        let member = try lines.required("Member") { FleetName.isName($0) ? $0 : nil }
        let time = try lines.required("Time") { ReceiptTime($0) }
        let (part, parts) = try lines.required("Part") { Self.parts($0) }
        var entries: [PendingEntry] = []
        var seen: Set<Fingerprint> = []
        while !lines.isAtEnd {
            try lines.blank()
            let entry = try PendingEntry(reading: &lines)
            // The attack: one certificate again and again, to fill a screen.
            guard entries.count < MirroredSightings.most, seen.insert(entry.fingerprint).inserted else { throw .line(lines.number) }
            entries.append(entry)
        }
        self.init(fleet: fleet, member: member, time: time, part: part, parts: parts, entries: entries)
        guard encoded.elementsEqual(bytes) else { throw .line(1) }
    }

    /// The text, as it is signed.
    package var encoded: [UInt8] {
        var text = "\(Self.kind) 1\nFleet: \(fleet)\nMember: \(member)\nTime: \(time)\nPart: \(part) of \(parts)\n"
        for entry in entries { text += entry.block }
        return Array(text.utf8)
    }

    /// Exactly `1 of 3`.
    private static func parts(_ text: String) -> (Int, Int)? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, words[1] == "of", let part = Receipt.count(words[0]), let parts = Receipt.count(words[2]),
            (1...mostParts).contains(parts), (1...parts).contains(part)
        else { return nil }
        return (part, parts)
    }
}

import TrustCore

/// An entry's file: written by trustd, or by an attacker who has taken trustd over.
enum EntryTarget {
    static func take(_ bytes: [UInt8]) {
        let name = claimedName(in: bytes)
        let entry: PendingEntry
        do { entry = try PendingEntry(decoding: bytes, name: name) } catch {
            demand("\(error)".isPlain, "the reason for a refusal is plain text")
            return
        }
        demand(entry.fingerprint.description == name, "an entry's fingerprint is its file's name")
        demand(bytes.count <= PendingEntry.maximumSize && entry.sightings > 0, "an entry keeps the limits")
        demand(entry.addresses.count <= PendingEntry.maximumAddresses, "an entry keeps the limits")
        let own = asWritten(entry)
        let written = own.encoded()
        guard written.count <= PendingEntry.maximumSize else { return }
        let again = demand("a written entry can be read") { try PendingEntry(decoding: written, name: name) }
        demand(again == own, "a written entry is read back unchanged")
        demand(again.encoded() == written, "an entry that was read is written unchanged")
    }

    /// The fingerprint that the file gives for itself, so that a mutated fingerprint does not always end the test.
    static func claimedName(in bytes: [UInt8]) -> String {
        let lines = bytes.split(separator: 0x0A)
        let line = lines.first { $0.starts(with: "Fingerprint: ".utf8) }
        return String(decoding: line?.dropFirst(13) ?? [], as: UTF8.self)
    }

    /// The entry without what trustd never writes: names that are not host names, logs that are not absolute paths.
    private static func asWritten(_ entry: PendingEntry) -> PendingEntry {
        var own = entry
        own.counted = entry.counted.filter { $0.key.hasPrefix("/") }
        if let observed = entry.observed {
            let names = [observed.helo, observed.domain].map { name in
                name.flatMap { $0.utf8.count <= 255 && !$0.isEmpty && $0.utf8.allSatisfy(LineGrammar.isNameByte) ? $0 : nil }
            }
            let kept = PendingEntry.Observation(address: observed.address, helo: names[0], domain: names[1])
            own.observed = kept == PendingEntry.Observation() ? nil : kept
        }
        return own
    }
}

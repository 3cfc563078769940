import TrustCore

/// An entry's file: what trustd wrote, or who has taken trustd over.
enum EntryTarget {
    static func take(_ bytes: [UInt8]) {
        let name = claimedName(in: bytes)
        let entry: PendingEntry
        do { entry = try PendingEntry(decoding: bytes, name: name) } catch {
            demand("\(error)".isPlain, "why a file is no entry is plain")
            return
        }
        demand(entry.fingerprint.description == name, "an entry is that of its file's name")
        demand(bytes.count <= PendingEntry.maximumSize && entry.sightings > 0, "an entry has its limits")
        demand(entry.addresses.count <= PendingEntry.maximumAddresses, "an entry has its limits")
        let own = asWritten(entry)
        let written = own.encoded()
        guard written.count <= PendingEntry.maximumSize else { return }
        let again = demand("what is written can be read") { try PendingEntry(decoding: written, name: name) }
        demand(again == own, "what is written is read back as it was")
        demand(again.encoded() == written, "what is read is written as it was")
    }

    /// The digits that the file gives itself, so that not every change of them is the end.
    static func claimedName(in bytes: [UInt8]) -> String {
        let lines = bytes.split(separator: 0x0A)
        let line = lines.first { $0.starts(with: "Fingerprint: ".utf8) }
        return String(decoding: line?.dropFirst(13) ?? [], as: UTF8.self)
    }

    /// Without what trustd never writes: other names than those of hosts, other logs than absolute paths.
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

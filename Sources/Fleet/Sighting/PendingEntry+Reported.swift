import FleetCarrier
package import TrustCore

/// One entry of a relay's queue, as the relay reports it: a block of lines, of which each has one spelling.
extension PendingEntry {
    /// The same without what stays on its host, and without what could not be said in one way only.
    package var reported: PendingEntry {
        var entry = self
        (entry.certificate, entry.counted) = (nil, [:])
        entry.firstSeen = min(firstSeen, lastSeen)
        entry.sightings = UInt64(clamping: Int64(clamping: max(sightings, 1)))
        entry.addresses = Self.once(addresses, atMost: Self.maximumAddresses)
        entry.observed = observed?.reported
        return entry
    }

    fileprivate static func once(_ addresses: [Address], atMost most: Int) -> [Address] {
        Array(addresses.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.suffix(most))
    }

    /// With the blank line before it.
    var block: String {
        var text = "\nFingerprint: \(fingerprint)\nFirst-Seen: \(firstSeen)\nLast-Seen: \(lastSeen)\nSightings: \(sightings)\n"
        for address in addresses { text += "Address: \(address)\n" }
        guard let observed else { return text }
        if let address = observed.address { text += "Observed-Address: \(address)\n" }
        for address in observed.oneOf { text += "Observed-One-Of: \(address)\n" }
        if let helo = observed.helo { text += "Observed-Helo: \(helo)\n" }
        if let domain = observed.domain { text += "Observed-Domain: \(domain)\n" }
        return text
    }

    /// Reads such a block, behind the blank line. Whether `reported` would have said it so, shows when it is encoded again.
    init(reading lines: inout ExactLines) throws(FleetTextError) {
        // No digest of no certificate, with which everybody could relay.
        let fingerprint = try lines.required("Fingerprint") { text in try? Fingerprint(exactly: text.utf8) }
        let first = try lines.required("First-Seen") { Timestamp(rfc3339: $0) }
        let last = try lines.required("Last-Seen") { Timestamp(rfc3339: $0) }
        let sightings = try lines.required("Sightings") { Receipt.count($0) }
        let addresses = lines.addresses("Address", atMost: Self.maximumAddresses)
        var observed = Observation()
        observed.address = lines.value(of: "Observed-Address") { Address($0) }
        observed.oneOf = lines.addresses("Observed-One-Of", atMost: Observation.maximumAddresses)
        observed.helo = lines.value(of: "Observed-Helo")
        observed.domain = lines.value(of: "Observed-Domain")
        self.init(
            fingerprint: fingerprint, firstSeen: first, lastSeen: last, sightings: UInt64(sightings), addresses: addresses,
            observed: observed == Observation() ? nil : observed)
        guard self == reported else { throw .line(lines.number) }
    }
}

extension PendingEntry.Observation {
    /// Nil when nothing is left. A name with escapes in it is left out: it would have a second spelling, and the address says more.
    fileprivate var reported: Self? {
        var said = Self(address: address, helo: helo.flatMap(Self.plain), domain: domain.flatMap(Self.plain))
        let choice = PendingEntry.once(oneOf, atMost: Self.maximumAddresses)
        if address == nil, choice.count > 1 { said.oneOf = choice }
        return said == Self() ? nil : said
    }

    private static func plain(_ text: String) -> String? { ExactLines.value(Array(text.utf8)[...]) }
}

extension ExactLines {
    fileprivate mutating func addresses(_ name: String, atMost most: Int) -> [Address] {
        var addresses: [Address] = []
        while addresses.count < most, let next = value(of: name, { Address($0) }) { addresses.append(next) }
        return addresses
    }
}

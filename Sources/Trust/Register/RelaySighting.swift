import FoundationEssentials
package import TrustCore

/// What one relay of a fleet has queued, by the word of that relay's carrier, of a database and of this host's carrier.
package struct RelaySighting: Equatable, Sendable {
    package let relay: String
    package let entry: PendingEntry

    package init(relay: String, entry: PendingEntry) { (self.relay, self.entry) = (relay, entry) }
}

/// What a host without a list knows where people decide for a fleet.
package struct FleetKnowledge: Sendable {
    /// Which relays have queued what; the one that saw it last first.
    package let relays: [Fingerprint: [RelaySighting]]
    let denied: Set<Fingerprint>
    /// In a few words what the fleet has said of one that it does not trust any more.
    let revoked: [Fingerprint: String]
    /// What it says of those that it approves.
    let terms: [Fingerprint: Terms]
    /// The keys that it has barred, as far as their certificates are known here.
    let barredKeys: Set<String>

    package init(
        relays: [Fingerprint: [RelaySighting]], denied: [Fingerprint], revoked: [Fingerprint: String], terms: [Fingerprint: Terms] = [:],
        barredKeys: Set<String> = []
    ) {
        self.relays = relays.mapValues { all in all.sorted { ($1.entry.lastSeen, $0.relay) < ($0.entry.lastSeen, $1.relay) } }
        (self.denied, self.revoked, self.terms, self.barredKeys) = (Set(denied), revoked, terms, barredKeys)
    }
}

extension Record {
    mutating func add(_ fleet: FleetKnowledge) {
        (relays, revokedByFleet) = (fleet.relays[fingerprint] ?? [], fleet.revoked[fingerprint])
        if state == .approved { fleetTerms = fleet.terms[fingerprint] }
    }
}

extension Register {
    /// Adds what a fleet has taken away and its relays have queued. `certificate` gives the DER form of a certificate that is said to be one's; it
    /// is looked at as if trustd had logged it.
    package mutating func add(_ knowledge: FleetKnowledge, certificate: (Fingerprint) -> [UInt8]?) {
        fleet = knowledge
        bar(knowledge.barredKeys)
        for fingerprint in knowledge.denied where places[fingerprint] == nil { places[fingerprint] = Place() }
        for (fingerprint, all) in knowledge.relays {
            let place = places[fingerprint] ?? Place()
            let own = place.entry >= 0 ? entries[Int(place.entry)] : nil
            guard var entry = PendingEntry(joining: all.map(\.entry) + (own.map { [$0] } ?? [])) else { continue }
            entry.certificate = own?.certificate ?? certificate(fingerprint).map { Data($0).base64EncodedString() }
            if own != nil {
                entries[Int(place.entry)] = entry
            } else {
                places[fingerprint, default: Place()].entry = Int32(entries.count)
                entries.append(entry)
            }
        }
    }
}

extension PendingEntry {
    /// Several relays' entries of one certificate as one; nil for none.
    fileprivate init?(joining all: [PendingEntry]) {
        let ordered = all.sorted { $0.lastSeen < $1.lastSeen }
        guard let last = ordered.last else { return nil }
        self.init(
            fingerprint: last.fingerprint, firstSeen: all.map(\.firstSeen).min() ?? last.firstSeen, lastSeen: last.lastSeen,
            sightings: all.reduce(0) { sum, one in
                let (sum, isTooMuch) = sum.addingReportingOverflow(one.sightings)
                return isTooMuch ? .max : sum
            }, observed: ordered.last { $0.observed != nil }?.observed)
        for address in ordered.flatMap(\.addresses) { remember(address) }
    }
}

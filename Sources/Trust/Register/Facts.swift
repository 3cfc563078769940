import TrustCore

/// What was seen of a fingerprint: from the queue, or for a decided one from the ledger.
package struct Facts {
    package let firstSeen: String?
    package let lastSeen: String?
    package let sightings: UInt64?
    package let addresses: [String]
    package let observed: Evidence.Observed?

    package init(_ record: Record) {
        let entry = record.state == .pending ? record.entry : nil
        let evidence = record.evidence
        firstSeen = entry?.firstSeen.description ?? evidence?.firstSeen
        lastSeen = record.lastSeen
        sightings = entry?.sightings ?? evidence?.sightings
        addresses = entry?.addresses.map(\.description) ?? evidence?.addresses ?? []
        observed =
            entry == nil
            ? evidence?.observed : entry?.observed.map { .init(address: $0.address?.description, helo: $0.helo, domain: $0.domain) }
    }
}

extension Record {
    /// When it was seen last: by the queue's word, for a decided one by the ledger's.
    package var lastSeen: String? { state == .pending ? entry?.lastSeen.description ?? evidence?.lastSeen : evidence?.lastSeen }
}

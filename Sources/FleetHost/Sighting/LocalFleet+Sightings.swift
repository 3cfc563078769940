import Fleet
import FleetCarrier
import Host
import SystemPackage
import Trust
import TrustCore

/// What packs say of what waits on the relays, for a console. A relay leaves it alone.
extension LocalFleet {
    var brought: BroughtSightings { BroughtSightings(folders) }

    /// What was taken of a pack.
    struct TakenSightings {
        /// The relays whose word is new, with how many wait there.
        var waiting: [(member: String, count: Int)] = []
        /// Why texts were left out: one sentence each.
        var refused: [String] = []
        /// The packs that had any which a member has signed.
        var packs: Set<Int> = []
    }

    /// Keeps the last word of each member, within its share of the room, and the certificates that belong to it.
    func keepSightings(
        _ records: [(record: PackRecord, pack: Int)], _ certificates: [(record: CertificateRecord, pack: Int)], _ state: FleetState
    ) throws(Failure) -> TakenSightings {
        var taken = TakenSightings()
        guard configuration.member == nil else {
            taken.packs = Set(records.map(\.pack))
            return taken
        }
        let said = Self.lastWords(records, state, &taken)
        let before = brought.members
        guard !(said.isEmpty && before.isEmpty) else { return taken }
        do throws(SystemError) {
            let share = MirroredSightings.share(of: state.memberNames.count)
            for one in said {
                let last = try brought.sightings(of: one.member)?.sightings
                guard isNews(one, after: last) else { continue }
                let kept = one.within(share)
                try brought.keep(kept)
                if !kept.entries.isEmpty || !(last?.entries.isEmpty ?? true) { taken.waiting.append((one.member, kept.entries.count)) }
            }
            guard !taken.waiting.isEmpty || !certificates.isEmpty || before.contains(where: { !state.memberNames.contains($0) }) else {
                return taken
            }
            try keepCertificates(certificates, state, &taken)
        } catch { throw Failure(error) }
        return taken
    }

    /// The attack: an old pack is brought again, and what was forgotten or decided since seems to wait. The later one counts, by the relay's own
    /// clock, which it has signed. A clock that was wrong must not shut the relay out for ever: what is ahead of this host's clock says nothing
    /// of the order.
    private func isNews(_ one: MemberSightings, after last: MemberSightings?) -> Bool {
        guard let last else { return true }
        return one.time > last.time || (one.time != last.time && last.time > .now)
    }

    /// Of one relay, in all that is read at once: an older one counts if what is later is not whole.
    private static let mostWholes = 3

    /// The latest whole of each member, by the members' names.
    private static func lastWords(
        _ records: [(record: PackRecord, pack: Int)], _ state: FleetState, _ taken: inout TakenSightings
    ) -> [MemberSightings] {
        var parts: [String: [ReceiptTime: [SightingRecord]]] = [:]
        var strangers = 0
        for (record, pack) in records {
            guard let read = SightingRecord.signed(record.body, signature: record.signature, in: state) else {
                strangers += 1
                continue
            }
            taken.packs.insert(pack)
            var times = parts[read.member] ?? [:]
            var texts = times[read.time] ?? []
            // The attack: a relay that was taken over signs thousands of wholes, to fill our memory.
            guard !texts.contains(read), texts.count <= SightingRecord.mostParts else { continue }
            texts.append(read)
            times[read.time] = texts
            if times.count > mostWholes, let oldest = times.keys.min() { times[oldest] = nil }
            parts[read.member] = times
        }
        if strangers > 0 { taken.refused.append("\(strangers) texts of what waits are not signed by the member that they name") }
        var said: [MemberSightings] = []
        for (member, times) in parts.sorted(by: { $0.key < $1.key }) {
            let whole = times.sorted { $0.key > $1.key }.lazy.compactMap { MemberSightings(joining: $0.value) }.first
            if let whole { said.append(whole) } else { taken.refused.append("what waits on \(member) is not whole") }
        }
        return said
    }

    /// Those that somebody's word is about, each once. The attack: a pack full of others, which would fill the disk.
    private func keepCertificates(
        _ certificates: [(record: CertificateRecord, pack: Int)], _ state: FleetState, _ taken: inout TakenSightings
    ) throws(SystemError) {
        var wanted: Set<Fingerprint> = []
        for name in state.memberNames {
            if let known = try brought.sightings(of: name) { wanted.formUnion(known.sightings.entries.map(\.fingerprint)) }
        }
        var missing = wanted
        var new: [(fingerprint: Fingerprint, der: [UInt8])] = []
        for (one, pack) in certificates {
            // The name is computed here: a certificate under another's name is under none.
            guard let fingerprint = one.fingerprint, wanted.contains(fingerprint) else { continue }
            taken.packs.insert(pack)
            guard missing.remove(fingerprint) != nil, brought.certificate(fingerprint) == nil else { continue }
            new.append((fingerprint, one.der))
        }
        try brought.keep(new)
        try brought.sweep(state.memberNames, about: wanted)
    }
}

import Certificates
import Fleet
import FleetCarrier
import Host
import Trust
import TrustCore

/// Keeps what of several packs is the fleet's and new, a part at a time: a relay may have missed more than should be in memory at once.
///
/// All packs count as one: a key may be named in a later one than what it has signed, which waits in memory until then. The caller holds the
/// lock.
struct Keeping {
    private let fleet: LocalFleet
    private var arrivals: Arrivals
    private var packs = 0
    /// Why the rest of a pack was not read.
    private var rests: [Int: String] = [:]
    private var new = 0
    /// What was trusted again before anything new came; nil: nothing has.
    private var before: Set<Digest>?
    /// Whether a fleet follows from what is here. More decisions do not change that.
    private var isFounded = false
    /// Certificates that were not here.
    private var brought: Set<Fingerprint> = []
    /// The packs with a certificate that the fleet approves, or whose key it bars.
    private var useful: Set<Int> = []

    /// Bytes of new decisions that are kept at once.
    private static let part = 2 << 20

    init(_ fleet: LocalFleet, knowing content: DecisionStore.Content) {
        self.fleet = fleet
        arrivals = Arrivals(knowing: content.decisions, of: fleet.genesis)
    }

    /// Looks at one more pack, and keeps what of it can be kept already.
    mutating func add(_ pack: [UInt8], to content: inout DecisionStore.Content) throws(Failure) {
        defer { packs += 1 }
        guard var reader = reader(of: pack) else { return }
        while let record = next(&reader) {
            arrivals.add(record, from: packs, knowing: content.decisions)
            if arrivals.size >= Self.part { _ = try keepNew(in: &content) }
        }
    }

    /// Whether nothing of this fleet was found yet in the last pack.
    var isLastUseless: Bool { !arrivals.sound.contains(packs - 1) }

    private mutating func reader(of pack: [UInt8]) -> PackReader? {
        do throws(PackReader.Fault) { return try PackReader(pack, limit: Arrivals.maximumSize) } catch {
            rests[packs] = error.description
            return nil
        }
    }

    private mutating func next(_ reader: inout PackReader) -> PackRecord? {
        do throws(PackReader.Fault) { return try reader.next() } catch {
            rests[packs] = error.description
            return nil
        }
    }

    /// Keeps the new decisions. Returns what follows from all, if that was worked out.
    private mutating func keepNew(in content: inout DecisionStore.Content, isLast: Bool = false) throws(Failure) -> FleetState? {
        let some = arrivals.take()
        if before == nil, !some.isEmpty {
            let state = try? fleet.state(content.decisions)
            (before, isFounded) = (Set(state?.trustedAgain ?? []), state != nil)
        }
        for one in some { content.add(one.record, one.decision) }
        // Before anything is kept: without the first decision nobody could tell what the others are.
        let state = isLast || !isFounded || !arrivals.certificates.isEmpty ? try fleet.state(content.decisions) : nil
        isFounded = true
        // First the certificates: whoever sees a decision in the store finds its certificates too.
        if let state { keepCertificates(state) }
        try fleet.store.append(some.map(\.record))
        new += some.count
        return state
    }

    /// Those that the fleet approves, or whose keys it bars, each once; the others wait for a decision. The attack: a pack full of certificates, which would fill the
    /// disk.
    private mutating func keepCertificates(_ state: FleetState) {
        let all = arrivals.certificates
        arrivals.certificates = []
        for (one, pack) in all {
            guard let fingerprint = try? Fingerprint(of: one.der) else { continue }
            let decided = state.fingerprints[Digest(fingerprint)]
            guard decided?.after == .approved || decided?.barsKey ?? false else {
                arrivals.certificates.append((one, pack))
                continue
            }
            useful.insert(pack)
            guard !brought.contains(fingerprint), fleet.local.ledger.certificate(of: fingerprint) == nil else { continue }
            fleet.local.ledger.keep(one.der, of: fingerprint)
            brought.insert(fingerprint)
        }
    }

    /// Keeps the rest. Returns what was done, and what follows from all decisions.
    mutating func end(in content: inout DecisionStore.Content) throws(Failure) -> (LocalFleet.Imported, FleetState) {
        guard let state = try keepNew(in: &content, isLast: true) else { preconditionFailure("the last time it is worked out") }
        let kept = try fleet.keepReceipts(arrivals.receipts.map(\.record), state)
        let seen = try fleet.keepSightings(arrivals.sightings, arrivals.certificates, state)
        let signed = arrivals.receipts.indices.filter { !kept.refused.contains($0) }.map { arrivals.receipts[$0].pack }
        let imported = LocalFleet.Imported(
            new: new, known: arrivals.known, receipts: kept.new, waiting: seen.waiting, brought: brought,
            refused: refused(receipts: kept.refused.count) + seen.refused,
            useless: Set(0..<packs).subtracting(arrivals.sound).subtracting(signed).subtracting(useful).subtracting(seen.packs).sorted(),
            trustedAgain: before.map { old in state.trustedAgain.filter { !old.contains($0) }.map(\.trustedAgainText) } ?? [])
        return (imported, state)
    }

    /// What was left out, and why: one sentence each.
    private func refused(receipts: Int) -> [String] {
        var refused = Arrivals.Refusal.allCases.compactMap { reason in
            arrivals.refused[reason].map { $0 == 1 ? "1 record is \(reason.rawValue)" : "\($0) records are \(reason.rawValue)" }
        }
        if let rest = rests.first {
            refused.append("the rest \(packs == 1 ? "" : "of \(rests.count) of \(packs) packs ")is not read: \(rest.value)")
        }
        if receipts > 0 { refused.append("\(receipts) receipts are not signed by the member that they name") }
        return refused
    }
}

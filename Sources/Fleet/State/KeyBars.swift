package import FleetCarrier

/// Which certificates were revoked with their keys, by what is accepted: each revocation, until something has come in its place, directly or
/// through others about the same, that approves the certificate or says that its key may go on.
struct KeyBars: Sendable {
    /// The certificates' digests, by their numbers in the graph.
    private var barred: Set<Int32> = []
    private var graph: DecisionGraph?

    /// An accepted block about some certificate, and where it stands.
    private struct Place {
        let certificate: Int32
        let decision: Int32
        let start: Int32
    }

    /// None are.
    init() {}

    /// `isSuspended`: whether what the decision at this place gives does not count now.
    init(_ replay: Replay, isSuspended: [Bool]) {
        let graph = replay.graph
        self.graph = graph
        var revoked: Set<Int32> = []
        Self.all(replay) { place, block in if block.barsKey { revoked.insert(place.certificate) } }
        guard !revoked.isEmpty else { return }
        var places: [Place] = []
        Self.all(replay) { place, _ in if revoked.contains(place.certificate) { places.append(place) } }
        places.sort { $0.certificate < $1.certificate }
        var rest = places[...]
        while let first = rest.first {
            let about = rest.prefix { $0.certificate == first.certificate }
            rest = rest[about.endIndex...]
            if Self.isBarred(about, graph, isSuspended) { barred.insert(first.certificate) }
        }
    }

    func holds(_ certificate: Digest) -> Bool { graph?.number(of: certificate).map { barred.contains($0) } ?? false }

    private static func all(_ replay: Replay, _ look: (Place, FingerprintBlock) -> Void) {
        let graph = replay.graph
        for decision in replay.accepted {
            for case (let start, .fingerprint(let block)) in graph.blocks(at: decision) {
                guard let number = graph.number(of: block.digest) else { continue }
                look(Place(certificate: number, decision: Int32(decision), start: Int32(start)), block)
            }
        }
    }

    /// The attack: an approval, or an end, that was signed beside a revocation and knows nothing of it. It lifts what it names in `Replaces`, and
    /// what that has replaced; nothing else.
    private static func isBarred(_ about: ArraySlice<Place>, _ graph: DecisionGraph, _ isSuspended: [Bool]) -> Bool {
        var blocks: [Digest: FingerprintBlock] = [:]
        var left: [Digest] = []
        for place in about {
            guard case .fingerprint(let block) = graph.block(Int(place.start), at: Int(place.decision)) else { continue }
            blocks[graph.digest(at: Int(place.decision))] = block
            if block.liftsBar, !isSuspended[Int(place.decision)] { left += block.replaces }
        }
        var lifted: Set<Digest> = []
        while let next = left.popLast() {
            guard lifted.insert(next).inserted, let block = blocks[next] else { continue }
            left += block.replaces
        }
        return blocks.contains { $1.barsKey && !lifted.contains($0) }
    }
}

extension FleetState {
    /// The certificates that decisions here have revoked with their keys, whether those count now or not.
    package var everBarred: Set<Digest> { certificates { $0.barsKey } }
    /// Those that decisions here have approved, likewise.
    package var everApproved: Set<Digest> { certificates { $0.after == .approved } }

    private func certificates(where holds: (FingerprintBlock) -> Bool) -> Set<Digest> {
        var found: Set<Digest> = []
        for place in 0..<graph.count {
            for case .fingerprint(let block) in graph[place].blocks where holds(block) { found.insert(block.digest) }
        }
        return found
    }
}

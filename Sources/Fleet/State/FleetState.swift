package import FleetCarrier
package import TrustCore

/// What follows from a set of decisions: who is trusted, whose keys count, which relays belong to the fleet.
///
/// A pure function: no clock, no disk, no order of arrival. Two hosts that have the same decisions have the same state, and whoever carries
/// the decisions can only withhold some.
package struct FleetState: Sendable {
    package let fleet: FleetIdentity
    /// In the order in which they were heard.
    package let accepted: [Digest]
    package let void: [Digest: VoidReason]
    /// Those whose ancestors are not all here, with the parents that are missed, as far as they are known.
    package let waiting: [Digest: [Digest]]
    /// What the next decision names as parents, ascending: the accepted ones that no other accepted one names. The signer names the first
    /// eight, when there are more.
    package let heads: [Digest]
    /// Of the next decision.
    package let nextSerial: Int
    package let fingerprints: [Digest: FingerprintState]
    /// In the order in which they were made.
    package let keys: [KeyState]
    package let members: [Digest: MemberState]

    let graph: DecisionGraph

    /// Nil without the first decision, and when that is none: not signed by a key that it makes an admin.
    package init?(_ decisions: some Sequence<SignedDecision>, genesis: Digest) {
        guard let graph = DecisionGraph(decisions, genesis: genesis), let replay = Replay(graph) else { return nil }
        self.graph = graph
        fleet = FleetIdentity(name: graph.decisions[0].decision.fleet.name, genesis: genesis)
        accepted = replay.accepted.map { graph.decisions[$0].digest }
        void = Dictionary(uniqueKeysWithValues: replay.reasons.map { (graph.decisions[$0].digest, $1) })
        waiting = Dictionary(
            uniqueKeysWithValues: graph.decisions[graph.completeCount...].map { one in
                (one.digest, one.decision.parents.filter { graph.place[$0] == nil })
            })
        let heads = graph.heads(of: replay.accepted)
        self.heads = heads.map { graph.decisions[$0].digest }.sorted()
        nextSerial = 1 + (heads.map { graph.serials[$0] }.max() ?? 0)
        let gap = Gap(replay)
        fingerprints = gap.fingerprints()
        keys = replay.keys.values.filter { $0.made != nil }.sorted { ($0.made ?? 0) < ($1.made ?? 0) }.compactMap {
            KeyState($0, in: replay)
        }
        members = MemberState.all(in: replay)
    }

    /// The certificates that may relay by what is here, ascending. `until` is not looked at: each member has its own clock.
    package var trusted: [Fingerprint] {
        fingerprints.filter { $1.after == .approved }.keys.sorted().compactMap { digest in
            // A digest of no certificate never comes so far: a decision that names one is void.
            do { return try Fingerprint(digest: digest.bytes) } catch { return nil }
        }
    }

    /// The heads of what is accepted without the decisions of these keys, and without what rests on them: what somebody signs on who does not
    /// want to have heard of them.
    package func heads(without keys: Set<Digest>) -> [Digest] {
        var left: [Int] = []
        var isLeft = [Bool](repeating: false, count: graph.completeCount)
        // By serial: parents come before children.
        for place in accepted.compactMap({ graph.place[$0] }).sorted() {
            guard place == 0 || graph.parents[place].allSatisfy({ isLeft[$0] }),
                !graph.decisions[place].signers.contains(where: { keys.contains($0.key) })
            else { continue }
            isLeft[place] = true
            left.append(place)
        }
        return graph.heads(of: left).map { graph.decisions[$0].digest }.sorted()
    }

    /// Everything that somebody has who has these heads.
    package func known(to heads: [Digest]) -> Set<Digest> {
        let past = graph.past(of: heads.compactMap { graph.place[$0] })
        return Set(heads).union(past.indices.filter { past[$0] }.map { graph.decisions[$0].digest })
    }

    /// Of the next decision that names these parents.
    package func serial(on parents: [Digest]) -> Int { 1 + (parents.compactMap { graph.place[$0] }.map { graph.serials[$0] }.max() ?? 0) }

    /// The text of a decision that is here.
    package func decision(_ digest: Digest) -> Decision? { graph.place[digest].map { graph.decisions[$0].decision } }

    /// Whether somebody who has these heads has this decision: it is one of them, or they rest on it.
    package func isKnown(_ decision: Digest, to heads: [Digest]) -> Bool {
        guard let place = graph.place[decision] else { return false }
        return heads.contains(decision) || graph.past(of: heads.compactMap { graph.place[$0] })[place]
    }
}

extension DecisionGraph {
    /// Those that no other one names as a parent.
    func heads(of some: [Int]) -> [Int] {
        let named = Set(some.flatMap { parents[$0] })
        return some.filter { !named.contains($0) }
    }
}

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
    package let fingerprints: FingerprintStates
    /// In the order in which they were made.
    package let keys: [KeyState]
    package let members: [Digest: MemberState]

    let graph: DecisionGraph

    /// Nil without the first decision, and when that is none: not signed by a key that it makes an admin.
    package init?(_ decisions: DecisionTable, genesis: Digest) {
        guard let graph = DecisionGraph(decisions, genesis: genesis), let replay = Replay(graph) else { return nil }
        self.graph = graph
        fleet = FleetIdentity(name: graph[0].fleet.name, genesis: genesis)
        accepted = replay.accepted.map { graph.digest(at: $0) }
        void = Dictionary(uniqueKeysWithValues: replay.reasons.map { (graph.digest(at: $0), $1) })
        waiting = Dictionary(
            uniqueKeysWithValues: (graph.completeCount..<graph.count).map { place in
                (graph.digest(at: place), graph[place].parents.filter { graph.place(of: $0) == nil })
            })
        let heads = graph.heads(of: replay.accepted)
        self.heads = heads.map { graph.digest(at: $0) }.sorted()
        nextSerial = 1 + (heads.map { graph.serial(at: $0) }.max() ?? 0)
        fingerprints = FingerprintStates(gap: Gap(replay))
        keys = replay.keys.values.filter { $0.made != nil }.sorted { ($0.made ?? 0) < ($1.made ?? 0) }.compactMap {
            KeyState($0, in: replay)
        }
        members = MemberState.all(in: replay)
    }

    /// The certificates that may relay by what is here, ascending. `until` is not looked at: each member has its own clock.
    package var trusted: [Fingerprint] {
        fingerprints.digests(where: { $0.after == .approved }).compactMap { digest in
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
        for place in accepted.compactMap({ graph.place(of: $0) }).sorted() {
            guard place == 0 || graph.parents(at: place).allSatisfy({ isLeft[$0] }),
                !graph.signers(at: place).contains(where: { keys.contains($0.key) })
            else { continue }
            isLeft[place] = true
            left.append(place)
        }
        return graph.heads(of: left).map { graph.digest(at: $0) }.sorted()
    }

    /// Everything that somebody has who has these heads.
    package func known(to heads: [Digest]) -> KnownDecisions {
        KnownDecisions(graph: graph, heads: heads, past: graph.past(of: heads.compactMap { graph.place(of: $0) }))
    }

    /// Of the next decision that names these parents.
    package func serial(on parents: [Digest]) -> Int {
        1 + (parents.compactMap { graph.place(of: $0) }.map { graph.serial(at: $0) }.max() ?? 0)
    }

    /// The text of a decision that is here.
    package func decision(_ digest: Digest) -> Decision? { graph.place(of: digest).map { graph[$0] } }

    /// What it says besides its blocks, of which there may be a thousand.
    package func heading(of digest: Digest) -> DecisionHeading? { graph.place(of: digest).map { graph.heading(at: $0) } }

    /// What this decision says of this certificate; nil: nothing, or it is none of the fleet's.
    package func power(_ decision: Digest, of certificate: Digest) -> FingerprintPower? {
        if let power = fingerprints.gap.standing(decision, about: certificate) { return power }
        for case .fingerprint(let block) in self.decision(decision)?.blocks ?? [] where block.digest == certificate { return block.after }
        return nil
    }

    /// Whether somebody who has these heads has this decision: it is one of them, or they rest on it.
    package func isKnown(_ decision: Digest, to heads: [Digest]) -> Bool {
        graph.place(of: decision) != nil && known(to: heads).contains(decision)
    }
}

extension FleetState {
    /// The same of decisions that are in no table yet.
    package init?(_ decisions: some Sequence<SignedDecision>, genesis: Digest) { self.init(DecisionTable(decisions), genesis: genesis) }
}

/// What somebody has: some decisions, and all that they rest on.
package struct KnownDecisions {
    fileprivate let graph: DecisionGraph
    fileprivate let heads: [Digest]
    fileprivate let past: [Bool]

    package func contains(_ digest: Digest) -> Bool { heads.contains(digest) || graph.place(of: digest).map { past[$0] } ?? false }
}

import Testing
import TrustCore

@testable import Fleet
@testable import FleetCarrier

@Suite("What holds in 10,000 random histories of consoles that see parts of each other") struct FleetPropertyTests {
    typealias World = FleetWorld

    /// Histories that one test takes, and how many tests there are.
    static let histories = 500
    static let parts = 20

    @Test("no order, gap or removed key grants anything, and a second program agrees", arguments: 0..<parts)
    func holds(part: Int) throws {
        var (asked, answers) = ("", "")
        for seed in (part * Self.histories)..<((part + 1) * Self.histories) {
            var history = RandomHistory(seed: seed)
            let world = history.world
            let state = try #require(world.state, "history \(seed)")
            order(&history, state, seed)
            revocations(world, state, seed)
            try removedKey(&history, state, seed)
            try heard(&history, state, seed)
            try withheld(&history, state, seed)
            // Half of them as a host has them from which some are withheld.
            let part = seed % 2 == 0 ? history.world.all.values.sorted { $0.digest < $1.digest } : history.part(withholding: 12)
            asked += FleetTranscript.history("\(seed)", part, genesis: world.genesis)
            answers += FleetTranscript.answer("\(seed)", FleetState(part, genesis: world.genesis))
        }
        let second = try SecondRules.answers(to: asked)
        if let difference = SecondRules.difference(second, answers) { Issue.record("\(difference)") }
    }

    private func order(_ history: inout RandomHistory, _ state: FleetState, _ seed: Int) {
        var all = history.world.all.values.sorted { $0.digest < $1.digest }
        all.shuffle(using: &history.bits)
        let again = FleetState(all + all.prefix(3), genesis: history.world.genesis)
        #expect(again?.accepted == state.accepted && again?.fingerprints == state.fingerprints, "history \(seed): the order matters")
        #expect(
            again?.keys == state.keys && again?.members == state.members && again?.void == state.void, "history \(seed): the order matters")
    }

    /// Nothing is approved over a taking-away that its approver had not seen.
    private func revocations(_ world: World, _ state: FleetState, _ seed: Int) {
        let accepted = Set(state.accepted)
        let blocks = accepted.flatMap { digest in (world.all[digest]?.decision.blocks ?? []).map { (digest, $0) } }
        for (fingerprint, found) in state.fingerprints where found.after == .approved {
            let about = blocks.filter { $0.1.item == DecidedItem(kind: .fingerprint, identity: fingerprint) }
            let replaced = Set(about.flatMap { $0.1.replaces })
            for (digest, block) in about where block.severity > 0 {
                #expect(replaced.contains(digest), "history \(seed): approved over a revocation that nobody had seen")
            }
        }
    }

    /// A key that somebody who was made earlier has put out: whatever it signs now, on whatever old ground, changes nothing.
    private func removedKey(_ history: inout RandomHistory, _ state: FleetState, _ seed: Int) throws {
        let order = state.keys.map(\.key.name)
        for key in state.keys where key.power == .none {
            let removers = state.accepted.compactMap { digest in
                (history.world.all[digest]?.decision).flatMap { decision in
                    decision.blocks.contains {
                        if case .key(let block) = $0 { block.after == .none && block.key == key.key } else { false }
                    } ? decision.signer : nil
                }
            }
            // Who was never an admin is heard after every admin.
            let wasAdmin = history.world.all.values.contains { one in
                one.decision.blocks.contains {
                    if case .key(let block) = $0 { block.after == .admin && block.key == key.key } else { false }
                }
            }
            let place = order.firstIndex(of: key.key.name) ?? 0
            guard removers.contains(where: { $0 != key.key.name && (!wasAdmin || (order.firstIndex(of: $0) ?? .max) < place) }) else {
                continue
            }
            let complete = (state.accepted + state.void.keys).sorted()
            let parents = Set((0..<2).map { _ in history.bits.one(of: complete) }).sorted()
            let attack = history.bits.one(of: Self.attacks)
            var world = history.world
            let signed = world.decide(key.key.name, on: parents, [attack], isTouched: true)
            world.decide("thief", on: [signed], [World.fingerprint("A", .approved), World.key("root", .none)], isTouched: true)
            let after = try #require(world.state)
            #expect(after.fingerprints == state.fingerprints && after.members == state.members, "history \(seed): a removed key decides")
            #expect(after.keys == state.keys && after.heads == state.heads, "history \(seed): a removed key decides about keys")
        }
    }

    private static let attacks = [
        World.fingerprint("A", .approved), World.fingerprint("A", .denied), World.key("root", .none), World.key("ann", .none),
        World.key("thief", .admin), World.member("mx9", .member),
    ]

    /// An operator who sees everything decides, and that is how it is.
    private func heard(_ history: inout RandomHistory, _ state: FleetState, _ seed: Int) throws {
        // A name may have been given to somebody else's key, which signs by another name in these tests.
        let inForce = state.keys.filter { $0.power != .none && $0.key == World.named($0.key.name) }
        guard !inForce.isEmpty, state.heads.count <= 8 else { return }
        let key = history.bits.one(of: inForce)
        let after = history.bits.one(of: FingerprintPower.allCases)
        let found = state.fingerprints[World.certificate("A")]
        var world = history.world
        world.decide(
            key.key.name, on: state.heads, [World.fingerprint("A", after, replaces: (found?.standing ?? []) + (found?.waiting ?? []))],
            isTouched: true)
        #expect(try #require(world.state).after("A") == after, "history \(seed): \(key.key.name) is not heard")
    }

    /// What is withheld grants nothing, and what waits takes away.
    private func withheld(_ history: inout RandomHistory, _ state: FleetState, _ seed: Int) throws {
        let part = history.part(withholding: 15)
        let here = try #require(FleetState(part, genesis: history.world.genesis))
        let waiting = Set(here.waiting.keys)
        let complete = try #require(FleetState(part.filter { !waiting.contains($0.digest) }, genesis: history.world.genesis))
        #expect(here.accepted == complete.accepted && here.heads == complete.heads && here.keys == complete.keys)
        #expect(here.members == complete.members, "history \(seed): what waits decides about members")
        #expect(Set(here.trusted).isSubset(of: complete.trusted), "history \(seed): what waits grants")
        for one in part where waiting.contains(one.digest) && one.decision.flaw == nil && one.decision.fleet.name == World.name {
            guard let key = here.keys.first(where: { $0.key.name == one.decision.signer }), key.power != .none, !one.decision.isForAdmins,
                one.signers.contains(where: { $0.key == key.key.identity && ($0.isTouched || !key.requiresTouch) })
            else { continue }
            for case .fingerprint(let block) in one.decision.blocks where block.after != .approved {
                let isReplaced = here.accepted.contains { digest in
                    history.world.all[digest]?.decision.blocks.contains { other in
                        other.item == DecidedItem(kind: .fingerprint, identity: block.digest) && other.replaces.contains(one.digest)
                    } ?? false
                }
                let after = try #require(here.fingerprints[block.digest]).after
                #expect(isReplaced || after != .approved, "history \(seed): a withheld parent holds up a revocation")
            }
        }
    }
}

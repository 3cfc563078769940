import Testing
import TrustCore

@testable import Fleet
@testable import FleetCarrier

@Suite("Decisions that are packed in memory are the same when they are asked for") struct DecisionTableTests {
    typealias World = FleetWorld

    @Test("each decision of 500 random histories, and of a file that ssh-keygen has signed") func histories() throws {
        for seed in 0..<500 { try same(RandomHistory(seed: seed).world.all.values.sorted { $0.digest < $1.digest }) }
        try same(try SignedPack.records().map { try SignedDecision(body: $0.body, signature: $0.signature) })
    }

    private func same(_ decisions: [SignedDecision]) throws {
        let table = DecisionTable(decisions)
        #expect(Array(table) == decisions)
        for (place, one) in decisions.enumerated() {
            #expect(table.digest(at: place) == one.digest && table.signer(at: place) == one.decision.signer)
            #expect(table.flaw(at: place) == one.decision.flaw && table.isForAdmins(at: place) == one.decision.isForAdmins)
            #expect(table.signers(at: place) == one.signers && table.serial(at: place) == one.decision.serial)
            #expect(table.parents(at: place).map { table.digests[$0] } == one.decision.parents)
            let heading = table.heading(at: place)
            #expect(heading.time == one.decision.time && heading.reason == one.decision.reason && heading.serial == one.decision.serial)
            let blocks = table.blocks(at: place)
            #expect(blocks.map(\.block) == one.decision.blocks)
            for (start, block) in blocks { #expect(table.block(start, at: place) == block) }
        }
    }

    @Test("every line that a text may have, the longest values, and a serial that is no number") func everything() throws {
        let long = String(repeating: "ä", count: 500)
        let digests = (1...8).compactMap { Digest(hex: String(repeating: "0", count: 63) + "\($0)") }
        let blocks = [
            World.fingerprint("A", .approved, label: long, until: World.end, replaces: digests),
            .fingerprint(FingerprintBlock(World.certificate("B"), .approved, label: "b", note: long)), World.fingerprint("C", .none),
            World.fingerprint("D", .denied, replaces: [digests[0]]), World.key("alice", .none, replaces: digests),
            World.key("sk-dora", .admin, touch: true), World.key("bob", .operator), World.member("mx1", .member),
            World.member("mx2", .none, replaces: digests),
        ]
        let serials = [Serial(1), Serial(9_999_999_999), try #require(Serial("12345678901234567890")), Serial(10_000_000_000)]
        let decisions = serials.enumerated().map { number, serial in
            let decision = Decision(
                fleet: FleetIdentity(name: World.name, genesis: number == 0 ? nil : digests[0]), serial: serial,
                parents: number == 0 ? [] : digests, time: number == 0 ? Timestamp(seconds: 0) : World.time, signer: "root",
                reason: number == 0 ? nil : long, blocks: blocks)
            return SignedDecision(
                digest: digests[number], decision: decision,
                signers: [.init(key: World.identity("root")), .init(key: World.identity("sk-dora"), isTouched: true)])
        }
        try same(decisions)
    }

    @Test("a decision with several signatures stands for each of them, and is found by any") func severalSignatures() throws {
        var world = World()
        let digest = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        let one = try #require(world.all[digest])
        let other = SignedDecision(digest: digest, decision: one.decision, signers: [.init(key: World.identity("thief"))])
        let genesis = try #require(world.all[world.genesis])
        let table = DecisionTable([other, genesis, one])
        #expect(Array(table) == [other, genesis, one] && table.contains(digest) && !table.contains(World.certificate("A")))
        #expect(table.contains(digest, signedBy: World.identity("alice")) && table.contains(digest, signedBy: World.identity("thief")))
        #expect(!table.contains(digest, signedBy: World.identity("bob")))
        let state = try #require(FleetState(table, genesis: world.genesis))
        #expect(state.accepted == [world.genesis, digest] && state.after("A") == .approved)
    }

    @Test("a thousand blocks in a text take time in proportion to them", .timeLimit(.minutes(5))) func manyBlocks() throws {
        var (world, bits) = (World(), RandomBits(seed: 7))
        var last = world.genesis
        var certificates: [Digest] = []
        for _ in 0..<20 {
            certificates = (0..<1_000).map { _ in World.digest(&bits) }
            last = world.decide("alice", on: [last], certificates.map { .fingerprint(FingerprintBlock($0, .approved)) })
        }
        let state = try #require(world.state)
        #expect(state.trusted.count == 20_000 && certificates.allSatisfy { state.power(last, of: $0) == .approved })
    }

    @Test("numbers and values by numbers are as a dictionary has them, in 2,000 random steps") func numbers() {
        var bits = RandomBits(seed: 11)
        var (numbered, known) = (Numbered<UInt64>(), [UInt64: Int32]())
        var (few, all) = (FewByNumber<UInt64>(), [Int32: UInt64]())
        for step in 0..<2_000 {
            let value = bits.next() % 700
            #expect(numbered.number(of: value) == known[value])
            let number = numbered.add(value)
            if known[value] == nil { known[value] = Int32(known.count) }
            #expect(number == known[value] && numbered[number] == value)
            let key = Int32(bits.next() % 3)
            let new = bits.happens(50) ? UInt64(step) : nil
            (few[key], all[key]) = (new, new)
            #expect((0..<3).allSatisfy { few[$0] == all[$0] } && few.all.count == all.count)
        }
    }
}

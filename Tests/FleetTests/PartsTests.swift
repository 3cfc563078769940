import Testing

@testable import Fleet
@testable import FleetCarrier

@Suite("Blocks that one text does not hold") struct PartsTests {
    typealias World = FleetWorld

    @Test("all blocks are in some part, in order, and each part is a decision that reads back", arguments: [1, 999, 1_000, 1_001, 2_500])
    func whole(count: Int) throws {
        var bits = RandomBits(seed: count)
        for label in [nil, "a", String(repeating: "x", count: 300)] {
            let blocks =
                (0..<count).map { _ in
                    DecisionBlock.fingerprint(
                        FingerprintBlock(World.digest(&bits), .approved, label: label, replaces: [World.digest(&bits)]))
                } + [World.key("bob", .none)]
            let parts = blocks.parts
            #expect(parts.flatMap { $0 } == blocks)
            for part in parts {
                let text = Decision(
                    fleet: FleetIdentity(name: World.name, genesis: World.digest(&bits)), serial: Serial(9_999_999_999),
                    parents: (0..<8).map { _ in World.digest(&bits) }.sorted(), time: World.time,
                    signer: String(repeating: "s", count: 64), reason: String(repeating: "r", count: 1_000), blocks: part
                ).encoded
                #expect(text.count <= Decision.maximumSize && part.count <= Decision.mostBlocks)
                #expect(try Decision(text).blocks == part)
            }
            #expect(parts.last?.last?.isForAdmins == true && parts.dropLast().joined().allSatisfy { !$0.isForAdmins })
        }
        #expect([DecisionBlock]().parts.isEmpty)
    }
}

import Testing

@testable import Fleet
@testable import FleetCarrier

@Suite("Which revocations are about the key, and what lifts that") struct KeyBarTests {
    typealias World = FleetWorld
    private static let stays = FingerprintBlock.keyStays

    /// A world in which one is approved.
    private static func start() -> (world: World, approval: Digest) {
        var world = World()
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        return (world, approval)
    }

    @Test("a revocation bars the key; what says that the key stays, and a denial, do not") func words() throws {
        for (after, note, isBarred) in [
            (FingerprintPower.none, nil, true), (.none, "stolen", true), (.none, "Key not barred", true), (.none, Self.stays, false),
            (.denied, nil, false), (.denied, Self.stays, false),
        ] {
            var (world, approval) = Self.start()
            world.decide("alice", on: [approval], [World.fingerprint("A", after, note: note, replaces: [approval])])
            let state = try #require(world.state)
            #expect(state.bars("A") == isBarred && state.after("A") == after, "\(after) \(note ?? "")")
        }
        #expect(try !#require(Self.start().world.state).bars("A"))
    }

    @Test("of two who take it away beside each other, one who means the key is enough") func beside() throws {
        var (world, approval) = Self.start()
        world.decide("alice", on: [approval], [World.fingerprint("A", .none, note: Self.stays, replaces: [approval])])
        world.decide("bob", on: [approval], [World.fingerprint("A", .none, replaces: [approval])])
        #expect(try #require(world.state).bars("A"))
    }

    @Test("an approval in its place lifts it, behind a denial too; revoked without key it stays so")
    func lifted() throws {
        var (world, approval) = Self.start()
        let revocation = world.decide("alice", on: [approval], [World.fingerprint("A", .none, replaces: [approval])])
        let denial = world.decide("bob", on: [revocation], [World.fingerprint("A", .denied, replaces: [revocation])])
        #expect(try #require(world.state).bars("A"), "a denial lifts nothing")
        let again = world.decide("bob", on: [denial], [World.fingerprint("A", .approved, replaces: [denial])])
        #expect(try !#require(world.state).bars("A"))
        world.decide("bob", on: [again], [World.fingerprint("A", .none, note: Self.stays, replaces: [again])])
        let state = try #require(world.state)
        #expect(!state.bars("A") && state.after("A") == FingerprintPower.none)
        #expect(state.everBarred == [World.certificate("A")])
    }

    @Test("taking back a revocation of what nobody had approved lifts it too") func unapproved() throws {
        var world = World()
        let revocation = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .none)])
        #expect(try #require(world.state).bars("A"))
        world.decide("alice", on: [revocation], [World.fingerprint("A", .none, note: Self.stays, replaces: [revocation])])
        #expect(try !#require(world.state).bars("A"))
    }

    @Test("the attack: an approval or an end that knows nothing of the revocation lifts nothing") func unknowing() throws {
        for (after, note) in [(FingerprintPower.approved, nil), (.none, Self.stays)] {
            var (world, approval) = Self.start()
            let revocation = world.decide("alice", on: [approval], [World.fingerprint("A", .none, replaces: [approval])])
            let beside = world.decide("bob", on: [approval], [World.fingerprint("A", after, note: note, replaces: [approval])])
            world.decide("bob", on: [revocation, beside], [World.fingerprint("B", .approved)])
            #expect(try #require(world.state).bars("A"), "\(after)")
        }
    }

    @Test("the attack: a stolen key approves it again and is taken out unseen: nothing is lifted") func stolen() throws {
        var (world, approval) = Self.start()
        let revocation = world.decide("alice", on: [approval], [World.fingerprint("A", .none, replaces: [approval])])
        world.decide("bob", on: [revocation], [World.fingerprint("A", .approved, replaces: [revocation])])
        #expect(try !#require(world.state).bars("A"))
        world.decide("root", on: [revocation], [World.key("bob", .none, replaces: [world.genesis])])
        let state = try #require(world.state)
        #expect(state.bars("A") && state.after("A") == FingerprintPower.none)
    }

    @Test("what a removed key has revoked unseen bars nothing any more") func void() throws {
        var (world, approval) = Self.start()
        world.decide("bob", on: [approval], [World.fingerprint("A", .none, replaces: [approval])])
        world.decide("root", on: [approval], [World.key("bob", .none, replaces: [world.genesis])])
        let state = try #require(world.state)
        #expect(!state.bars("A") && state.after("A") == .approved && state.everBarred == [World.certificate("A")])
    }

    @Test("a revocation that waits bars at once, and an approval that is suspended lifts nothing") func gap() throws {
        var (world, approval) = Self.start()
        let missing = world.decide("bob", on: [approval], [World.fingerprint("C", .approved)])
        let revocation = world.decide("alice", on: [missing], [World.fingerprint("A", .none, replaces: [approval])])
        #expect(try #require(world.state(without: missing)).bars("A"))

        let unseen = world.decide("bob", on: [revocation], [World.fingerprint("A", .approved, replaces: [revocation])])
        #expect(try !#require(world.state).bars("A"))
        let withheld = world.decide("alice", on: [revocation], [World.fingerprint("B", .approved)])
        world.decide("root", on: [withheld], [World.key("bob", .none, replaces: [world.genesis])])
        let state = try #require(world.state(without: withheld))
        #expect(state.bars("A") && state.fingerprints[World.certificate("A")]?.suspended == [unseen])
    }
}

import Testing
import TrustCore

@testable import Fleet

@Suite("What counts while decisions are withheld, and who recovers from a stolen key") struct FleetGapTests {
    typealias World = FleetWorld

    @Test("a revocation whose parent is withheld counts, and an approval does not") func withheld() throws {
        var world = World()
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        let missing = world.decide("bob", on: [approval], [World.fingerprint("C", .approved)])
        let revocation = world.decide(
            "alice", on: [missing], [World.fingerprint("A", .denied, replaces: [approval]), World.fingerprint("B", .approved)])
        let state = try #require(world.state(without: missing))
        let found = try #require(state.fingerprints[World.certificate("A")])
        #expect(found.after == .denied && found.waiting == [revocation] && found.standing == [approval])
        #expect(state.trusted.isEmpty && state.after("B") == nil)
    }

    @Test("an accepted decision that replaces what waits ends it") func ended() throws {
        var world = World()
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        let missing = world.decide("bob", on: [approval], [World.fingerprint("C", .approved)])
        let revocation = world.decide("alice", on: [missing], [World.fingerprint("A", .none, replaces: [approval])])
        let other = world.decide("bob", on: [approval], [World.fingerprint("B", .approved, replaces: [revocation])])
        #expect(try #require(world.state(without: missing)).after("A") == FingerprintPower.none, "\(other) is about another certificate")
        world.decide("bob", on: [approval], [World.fingerprint("A", .approved, replaces: [approval, revocation])])
        #expect(try #require(world.state(without: missing)).after("A") == .approved)
    }

    @Test("what waits takes nothing away when its key is out, unknown, or may not decide that") func powerless() throws {
        var world = World()
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        let missing = World.certificate("F")
        world.decide("root", on: [approval], [World.key("bob", .none, replaces: [world.genesis])])
        world.decide("bob", on: [missing], [World.fingerprint("A", .denied)])
        world.decide("thief", on: [missing], [World.fingerprint("A", .denied)])
        world.decide("alice", on: [missing], [World.fingerprint("A", .denied), World.key("ann", .none)])
        world.decide("alice", on: [missing], [World.fingerprint("A", .denied)], serial: 10_000_000_000)
        let state = try #require(world.state)
        #expect(state.after("A") == .approved && state.waiting.count == 4)
    }

    @Test("a removal that waits suspends the key's approvals that its signer had not seen") func suspended() throws {
        var world = World()
        let seen = world.decide("bob", on: [world.genesis], [World.fingerprint("A", .approved)])
        let unseen = world.decide("bob", on: [seen], [World.fingerprint("B", .approved)])
        let missing = world.decide("alice", on: [seen], [World.fingerprint("C", .approved)])
        let removal = world.decide("root", on: [seen, missing], [World.key("bob", .none, replaces: [world.genesis])])
        let state = try #require(world.state(without: missing))
        #expect(state.after("A") == .approved && state.after("B") == FingerprintPower.none)
        #expect(state.fingerprints[World.certificate("B")]?.suspended == [unseen])
        #expect(state.power("bob") == .operator, "the removal itself waits")
        world.decide("ann", on: [unseen], [World.key("bob", .operator, replaces: [world.genesis, removal])])
        #expect(try #require(world.state(without: missing)).after("B") == .approved, "an admin has replaced the removal")
    }

    @Test("so it does with the approvals of a second key that a thief has made with the first") func secondKey() throws {
        var world = World()
        let made = world.decide("ann", on: [world.genesis], [World.key("thief", .operator)])
        world.decide("thief", on: [made], [World.fingerprint("A", .approved)])
        world.decide("root", on: [World.certificate("F"), world.genesis], [World.key("ann", .none, replaces: [world.genesis])], serial: 9)
        let state = try #require(world.state)
        #expect(state.trusted.isEmpty && state.after("A") == FingerprintPower.none)
    }

    @Test("a member stays one while its removal waits") func member() throws {
        var world = World()
        let joined = world.decide("root", on: [world.genesis], [World.member("mx1", .member)])
        world.decide("root", on: [joined, World.certificate("F")], [World.member("mx1", .none, replaces: [joined])])
        #expect(try #require(world.state).members[World.identity("mx1")]?.power == .member)
    }

    @Test("the first admin recovers from a stolen second one who has put him out") func recovery() throws {
        var world = World()
        let good = world.decide("alice", on: [world.genesis], [World.fingerprint("B", .approved)])
        let stolen = world.decide("ann", on: [good], [World.key("root", .none, replaces: [world.genesis]), World.key("thief", .admin)])
        let more = world.decide("thief", on: [stolen], [World.fingerprint("A", .approved)])
        let before = try #require(world.state)
        #expect(before.power("root") == KeyPower.none && before.after("A") == .approved)
        let heads = before.heads(without: [World.identity("ann")])
        #expect(heads == [good], "nothing that rests on the thief's decisions")
        world.decide("root", on: heads, [World.key("ann", .none, replaces: [world.genesis])])
        let state = try #require(world.state)
        #expect(state.power("root") == .admin && state.power("ann") == KeyPower.none && state.power("thief") == nil)
        #expect(state.after("A") == nil && state.after("B") == .approved)
        #expect(state.void == [stolen: .notInForce, more: .unknownSigner])
    }

    @Test("who has a head has what it rests on, and nothing that came later") func known() throws {
        var world = World()
        let first = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        let second = world.decide("bob", on: [first], [World.fingerprint("B", .approved)])
        let state = try #require(world.state)
        #expect(state.isKnown(first, to: [second]) && state.isKnown(second, to: [second]) && state.isKnown(world.genesis, to: [first]))
        #expect(!state.isKnown(second, to: [first]) && !state.isKnown(World.certificate("F"), to: [second]))
    }
}

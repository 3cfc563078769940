import Testing
import TrustCore

@testable import Fleet
@testable import FleetCarrier

@Suite("What follows from a set of decisions, clause by clause") struct FleetStateTests {
    typealias World = FleetWorld

    @Test("a decision whose parent is missing waits, and names the parent") func waits() throws {
        var world = World()
        let first = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        let second = world.decide("alice", on: [first], [World.fingerprint("B", .approved)])
        let third = world.decide("alice", on: [second], [World.fingerprint("C", .approved)])
        let state = try #require(world.state(without: first))
        #expect(state.waiting == [second: [first], third: []])
        #expect(state.accepted == [world.genesis] && state.trusted.isEmpty && state.heads == [world.genesis])
        let whole = try #require(world.state)
        #expect(whole.waiting.isEmpty && whole.trusted.count == 3 && whole.heads == [third] && whole.nextSerial == 5)
    }

    @Test("without its first decision, or with one that its own admin did not sign, nothing follows") func genesis() {
        let world = World()
        #expect(FleetState([], genesis: world.genesis) == nil)
        #expect(FleetState(world.all.values, genesis: World.certificate("A")) == nil)
        #expect(World(signer: "alice").state == nil, "an operator is no admin")
        #expect(World(signer: "thief").state == nil)
    }

    @Test("of decisions that did not know of each other the one that takes most away counts") func takesMostAway() throws {
        var world = World()
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved, label: "alice")])
        world.decide("bob", on: [world.genesis], [World.fingerprint("A", .none)])
        #expect(try #require(world.state).after("A") == FingerprintPower.none)
        world.decide("bob", on: [world.genesis], [World.fingerprint("A", .denied)])
        let state = try #require(world.state)
        #expect(state.after("A") == .denied && state.trusted.isEmpty)
        #expect(state.fingerprints[World.certificate("A")]?.standing.count == 3)
        let heads = state.heads
        world.decide("alice", on: heads, [World.fingerprint("A", .approved, replaces: heads)])
        #expect(try #require(world.state).after("A") == .approved, "who has seen all decides")
        #expect(heads.contains(approval))
    }

    @Test("of equal approvals the smaller digest gives the label, and the earlier end counts") func labels() throws {
        var world = World()
        let end = Timestamp(seconds: 1_800_000_000)
        let one = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved, label: "from alice")])
        let other = world.decide("bob", on: [world.genesis], [World.fingerprint("A", .approved, label: "from bob", until: end)])
        let found = try #require(world.state?.fingerprints[World.certificate("A")])
        #expect(found.label == (one < other ? "from alice" : "from bob"))
        #expect(found.until == end && found.after == .approved)
    }

    @Test("an approval that did not know of a revocation does not take") func unseenRevocation() throws {
        var world = World()
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        world.decide("bob", on: [approval], [World.fingerprint("A", .none, replaces: [approval])])
        world.decide("alice", on: [approval], [World.fingerprint("A", .approved, replaces: [approval])])
        #expect(try #require(world.state).after("A") == FingerprintPower.none)
    }

    @Test("an operator's text with a key or a member in it is void as a whole") func operators() throws {
        var world = World()
        let key = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved), World.key("carol", .operator)])
        let member = world.decide("alice", on: [world.genesis], [World.member("mx1", .member)])
        let state = try #require(world.state)
        #expect(state.void == [key: .notAdmin, member: .notAdmin])
        #expect(state.trusted.isEmpty && state.members.isEmpty && state.power("carol") == nil)
    }

    @Test("members come and go by an admin's word, and a key or a name has one partner for ever") func members() throws {
        var world = World()
        let joined = world.decide("ann", on: [world.genesis], [World.member("mx1", .member), World.member("mx2", .member)])
        let left = world.decide("ann", on: [joined], [World.member("mx2", .none, replaces: [joined])])
        let renamed = NamedKey(name: "mx1", type: "ssh-ed25519", wire: World.named("mx3").wire)
        let stolen = world.decide("ann", on: [left], [.member(MemberBlock(try #require(renamed), .member))])
        let state = try #require(world.state)
        #expect(state.members[World.identity("mx1")]?.power == .member)
        #expect(state.members[World.identity("mx2")]?.power == MemberPower.none)
        #expect(state.void == [stolen: .nameTaken])
        let second = NamedKey(name: "carol", type: "ssh-ed25519", wire: World.named("alice").wire)
        let again = world.decide("ann", on: [left], [.key(KeyBlock(try #require(second), .admin))])
        #expect(try #require(world.state).void[again] == .nameTaken)
    }

    @Test("a key that is out never comes back, and what it signed unseen by its remover is void") func removedKey() throws {
        var world = World()
        let seen = world.decide("bob", on: [world.genesis], [World.fingerprint("A", .approved)])
        let unseen = world.decide("bob", on: [seen], [World.fingerprint("B", .approved)])
        let removal = world.decide("root", on: [seen], [World.key("bob", .none, replaces: [world.genesis])])
        let revival = world.decide("root", on: [removal], [World.key("bob", .admin, replaces: [removal])])
        let later = world.decide("bob", on: [revival], [World.fingerprint("C", .approved)])
        let state = try #require(world.state)
        #expect(state.power("bob") == KeyPower.none)
        #expect(state.after("A") == .approved && state.after("B") == nil && state.after("C") == nil)
        #expect(state.void == [unseen: .notInForce, later: .notInForce])
    }

    /// The attack: bob, who is out, names alice's decision, to have it heard before ann's removal of alice.
    static func pulling() -> (world: World, approval: Digest) {
        var world = World()
        let first = world.decide("root", on: [world.genesis], [World.fingerprint("D", .approved)])
        let removal = world.decide("root", on: [first], [World.key("bob", .none, replaces: [world.genesis])])
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        world.decide("bob", on: [approval], [World.fingerprint("B", .approved)])
        world.decide("bob", on: [approval], [World.key("thief", .admin)])
        world.decide("ann", on: [removal], [World.key("alice", .none, replaces: [world.genesis])])
        return (world, approval)
    }

    @Test("a decision of a key that is out does not pull forward what it rests on")
    func pullsNothing() throws {
        var (world, approval) = Self.pulling()
        #expect(try #require(world.state).void[approval] == .notInForce)
        world.decide("ann", on: [approval], [World.fingerprint("C", .approved)])
        #expect(try #require(world.state).accepted.contains(approval), "ann, who is in force, had seen it before she removed alice")
    }

    /// The same with an admin who is out: its turn comes before ann's.
    static func adminPulling() -> FleetWorld {
        var world = World(admins: ["carol", "ann"], operators: ["alice"])
        let first = world.decide("root", on: [world.genesis], [World.fingerprint("D", .approved)])
        let removal = world.decide("root", on: [first], [World.key("carol", .none, replaces: [world.genesis])])
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        world.decide("carol", on: [approval], [World.fingerprint("B", .approved)])
        world.decide("ann", on: [removal], [World.key("alice", .none, replaces: [world.genesis])])
        return world
    }

    @Test("nor does one of an admin who is out, whose turn comes before another's")
    func adminPullsNothing() throws {
        let state = try #require(Self.adminPulling().state)
        #expect(state.after("A") == nil && state.power("alice") == KeyPower.none && state.trusted.count == 1)
    }

    @Test("between two admins who put each other out the one who was made earlier wins") func admins() throws {
        var world = World()
        world.decide("ann", on: [world.genesis], [World.key("root", .none, replaces: [world.genesis])])
        world.decide("root", on: [world.genesis], [World.key("ann", .none, replaces: [world.genesis])])
        let state = try #require(world.state)
        #expect(state.power("root") == .admin && state.power("ann") == KeyPower.none)
    }

    @Test("an admin who was made late is heard before operators who were made early") func adminsFirst() throws {
        var world = World(admins: [])
        let made = world.decide("root", on: [world.genesis], [World.key("carol", .admin)])
        world.decide("carol", on: [made], [World.key("alice", .none, replaces: [world.genesis])])
        let approval = world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)])
        #expect(try #require(world.state).void == [approval: .notInForce])
    }

    @Test("what parses but may not be is void, and what rests on it does not wait") func voids() throws {
        var world = World()
        let nothing = try #require(Digest(hex: Fingerprint.digestOfNothing))
        let unknown = try #require(NamedKey(name: "carol", type: "ssh-ed448", wire: [1, 2, 3]))
        let flawed: [(Digest, VoidReason)] = [
            (world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)], serial: 7), .wrongSerial),
            (world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)], serial: 99_999_999_999), .wrongSerial),
            (world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)], fleet: "other"), .otherName),
            (world.decide("alice", on: [world.genesis], [.fingerprint(FingerprintBlock(nothing, .approved))]), .noCertificate),
            (world.decide("alice", on: [world.genesis], [World.fingerprint("A", .none, until: Timestamp(seconds: 5))]), .endOfNothing),
            (world.decide("alice", on: [world.genesis], [World.fingerprint("A", .none), World.fingerprint("A", .approved)]), .repeats),
            (world.decide("ann", on: [world.genesis], [.key(KeyBlock(unknown, .operator))]), .unknownKey),
            (world.decide("ann", on: [world.genesis], [World.key("carol", .operator, touch: true)]), .untouchable),
            (world.decide("thief", on: [world.genesis], [World.fingerprint("A", .approved)]), .unknownSigner),
            (world.decide("alice", on: [world.genesis], [World.fingerprint("A", .approved)], with: "bob"), .unknownSigner),
        ]
        let state = try #require(world.state)
        for (digest, reason) in flawed { #expect(state.void[digest] == reason) }
        #expect(state.accepted == [world.genesis] && state.void.count == flawed.count)
        for (digest, _) in flawed.dropFirst(2) {
            let child = world.decide("bob", on: [digest], [World.fingerprint("C", .approved)])
            #expect(try #require(world.state).accepted.contains(child))
        }
        let child = world.decide("bob", on: [flawed[0].0], [World.fingerprint("D", .approved)], serial: 3)
        #expect(try #require(world.state).accepted.contains(child), "the serial that follows counts, not the one that was written")
    }

    @Test("a decision of another fleet is none here") func otherFleet() throws {
        var world = World()
        let foreign = World(seed: 2)
        for one in foreign.all.values { world.add(one) }
        let state = try #require(world.state)
        #expect(state.accepted == [world.genesis] && state.waiting.isEmpty && state.void.isEmpty)
    }

    @Test("a key of which touch is required signs nothing untouched, and touch is required for ever") func touch() throws {
        var world = World()
        let made = world.decide("root", on: [world.genesis], [World.key("sk-dora", .operator, touch: true)])
        let untouched = world.decide("sk-dora", on: [made], [World.fingerprint("A", .approved)])
        world.decide("sk-dora", on: [made], [World.fingerprint("B", .approved)], isTouched: true)
        let weaker = world.decide("root", on: [made], [World.key("sk-dora", .operator, replaces: [made])])
        let later = world.decide("sk-dora", on: [weaker], [World.fingerprint("C", .approved)])
        let state = try #require(world.state)
        #expect(state.void == [untouched: .untouched, later: .untouched])
        #expect(state.after("B") == .approved)
    }
}

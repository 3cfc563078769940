import Testing
import TrustCore

@testable import Fleet

@Suite("A fleet's state takes time in proportion to its decisions, whatever their shape") struct FleetSizeTests {
    typealias World = FleetWorld

    /// Enough that time in proportion to the square would be noticed by everybody: minutes.
    private static let many = 10_000

    @Test("three operators in one long line, everybody on the last decision", .timeLimit(.minutes(5))) func line() throws {
        var world = World()
        var last = world.genesis
        for number in 0..<Self.many {
            last = world.decide(["alice", "bob", "ann"][number % 3], on: [last], [World.fingerprint("A", .none)])
        }
        let state = try #require(world.state)
        #expect(state.accepted.count == Self.many + 1 && state.heads == [last])
    }

    @Test("a removed key's long line, and an operator who rests on it each time", .timeLimit(.minutes(5))) func removed() throws {
        var world = World()
        world.decide("root", on: [world.genesis], [World.key("bob", .none, replaces: [world.genesis])])
        var (bobs, last) = (world.genesis, world.genesis)
        for _ in 0..<(Self.many / 2) { bobs = world.decide("bob", on: [bobs], [World.fingerprint("A", .approved)]) }
        for _ in 0..<(Self.many / 2) { last = world.decide("alice", on: [bobs, last], [World.fingerprint("B", .approved)]) }
        let state = try #require(world.state)
        #expect(state.void.count == Self.many / 2 && state.accepted.count == Self.many / 2 + 2)
    }

    @Test("strangers' and flawed decisions below one that counts, and a wide fan of heads", .timeLimit(.minutes(5))) func strangers() throws
    {
        var world = World()
        var (low, last) = (world.genesis, world.genesis)
        for number in 0..<(Self.many / 2) {
            low = world.decide(
                number % 2 == 0 ? "thief" : "bob", on: [low], [World.fingerprint("A", .approved)], serial: number % 2 == 0 ? nil : 1)
        }
        for _ in 0..<(Self.many / 4) { last = world.decide("alice", on: [low, last], [World.fingerprint("B", .approved)], serial: nil) }
        for _ in 0..<(Self.many / 4) { world.decide("bob", on: [world.genesis], [World.key("carol", .operator)]) }
        let state = try #require(world.state)
        #expect(state.after("A") == nil && state.accepted.count + state.void.count == world.all.count)
    }

    @Test("many keys, each resting on the next one, end no stack", .timeLimit(.minutes(5))) func keys() throws {
        var world = World()
        var (last, names) = (world.genesis, [String]())
        for number in 0..<400 {
            names.append("key\(number)")
            last = world.decide("root", on: [last], [World.key("key\(number)", .operator)])
        }
        for name in names.reversed() { last = world.decide(name, on: [last], [World.fingerprint("A", .none)]) }
        #expect(try #require(world.state).accepted.count == 801)
    }
}

import Testing
import TrustCore

@testable import LogLine

@Suite("Which rejection belongs to which attempt")
struct NeighboursTests {
    let alice: Fingerprint
    let bob: Fingerprint
    let carol: Fingerprint
    let one: ArraySlice<UInt8> = Array("2026-11-22 17:41:59 ".utf8)[...]
    let two: ArraySlice<UInt8> = Array("2026-11-22 17:42:00 ".utf8)[...]
    let later: ArraySlice<UInt8> = Array("2026-11-22 17:42:30 ".utf8)[...]
    var neighbours = Neighbours()

    init() throws {
        alice = try Fingerprint(Log.fingerprint(1))
        bob = try Fingerprint(Log.fingerprint(2))
        carol = try Fingerprint(Log.fingerprint(3))
    }

    static func time(of stamp: ArraySlice<UInt8>) -> Timestamp {
        var scanner = LineScanner(stamp)
        return scanner.eximTime()?.moment(now: .now) ?? Timestamp(seconds: 0)
    }

    func process(_ pid: Int32) -> LinePrefix.Process { LinePrefix.Process(pid: pid) }

    /// The address that a rejection of this number comes from.
    func client(_ number: Int) -> PendingEntry.Observation { PendingEntry.Observation(address: Address("192.0.2.\(number)")) }

    func oneOf(_ numbers: Int...) -> PendingEntry.Observation { PendingEntry.Observation(oneOf: numbers.map { client($0) }) }

    @Test("the very next line with the same time lends its facts") mutating func next() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.interest == .everyLine)
        #expect(neighbours.loans(stamp: one, client(1)) == [alice: client(1)])
        #expect(neighbours.interest == .rejections, "what was lent may become doubtful")
        neighbours.other(process: nil, time: Self.time(of: later))
        #expect(neighbours.interest == .phrase)
        #expect(neighbours.loans(stamp: one, client(2)) == [:])
    }

    @Test("another time, another line between, or no time at all lends nothing") mutating func notNext() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: two, client(1)) == [:])
        neighbours = Neighbours()
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        #expect(neighbours.loans(stamp: one, client(1)) == [:])
        neighbours.attempt(alice, lends: true, process: nil, stamp: [])
        #expect(neighbours.loans(stamp: [], client(1)) == [:])
    }

    @Test("two clients in one second or the next, each with its rejection next, get their own addresses") mutating func apart() {
        for (stamp, address) in [(one, 1), (two, 3)] {
            neighbours.attempt(alice, lends: true, process: nil, stamp: stamp)
            #expect(neighbours.loans(stamp: stamp, client(address)) == [alice: client(address)])
            neighbours.attempt(bob, lends: true, process: nil, stamp: stamp)
            #expect(neighbours.loans(stamp: stamp, client(address + 1)) == [bob: client(address + 1)])
        }
    }

    @Test("after two attempts and two rejections both attempts get both addresses") mutating func interleaved() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [:])
        #expect(neighbours.loans(stamp: one, client(2)) == [alice: oneOf(1, 2), bob: oneOf(1, 2)])
        #expect(neighbours.loans(stamp: one, client(3)) == [alice: oneOf(1, 2, 3), bob: oneOf(1, 2, 3)])
    }

    @Test("after three, none of which was next to its rejection, each gets all three") mutating func three() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        neighbours.attempt(carol, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [:] && neighbours.loans(stamp: one, client(2)) == [:])
        let all = oneOf(1, 2, 3)
        #expect(neighbours.loans(stamp: one, client(3)) == [alice: all, bob: all, carol: all])
    }

    @Test("A's late rejection is not lent to B's attempt after a stranger's rejection")
    mutating func drained() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        #expect(neighbours.loans(stamp: one, client(66)) == [:])
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [bob: client(1)], "so far there are as many rejections as attempts")
        #expect(neighbours.loans(stamp: one, client(2)) == [alice: oneOf(66, 1, 2), bob: oneOf(1, 2)])
    }

    @Test("what a stranger's rejection lent is doubtful at A's own") mutating func strangerFirst() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(66)) == [alice: client(66)])
        neighbours.other(process: nil)
        #expect(neighbours.loans(stamp: two, client(1)) == [alice: oneOf(66, 1)])
        neighbours.other(process: nil, time: Self.time(of: later))
        #expect(neighbours.loans(stamp: later, client(2)) == [:])
    }

    @Test("A's rejection behind attempt B is not lent to B alone") mutating func strangerThenAnother() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(66)) == [alice: client(66)])
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [bob: client(1)])
        #expect(neighbours.loans(stamp: one, client(2)) == [alice: oneOf(66, 1, 2), bob: oneOf(1, 2)])
    }

    @Test("a stranger's hidden rejection withdraws a client's address beside his certificate") mutating func hidden() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [alice: client(1)])
        #expect(neighbours.loans(stamp: one, nil) == [alice: PendingEntry.Observation()])
        #expect(neighbours.loans(stamp: one, client(2)) == [:], "and no later one brings it back")
    }

    @Test("one address for all attempts is certain, although nobody can tell them apart") mutating func sameAddress() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [:])
        #expect(neighbours.loans(stamp: one, client(1)) == [alice: client(1), bob: client(1)])
    }

    @Test("lending begins again after two seconds, or after 1,000 lines without a time") mutating func calm() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        neighbours.attempt(bob, lends: true, process: nil, stamp: later)
        #expect(neighbours.loans(stamp: later, client(1)) == [bob: client(1)])
        neighbours = Neighbours()
        neighbours.attempt(alice, lends: true, process: nil, stamp: later)
        for _ in 0...Crowd.patience { neighbours.other(process: nil, time: nil) }
        neighbours.attempt(bob, lends: true, process: nil, stamp: later)
        #expect(neighbours.loans(stamp: later, client(1)) == [bob: client(1)])
    }

    @Test("a pid that is reused hours later is another process") mutating func pidReused() {
        let hours = Timestamp(seconds: NeighboursTests.time(of: one).seconds + Neighbours.samePid + 1)
        neighbours.attempt(alice, lends: true, process: process(1), stamp: one)
        #expect(neighbours.rejection(process: process(1), stamp: two, at: hours) == nil)
        neighbours.attempt(alice, lends: true, process: process(1), stamp: one)
        #expect(neighbours.rejection(process: process(1), stamp: two) == alice)
    }

    @Test("A's rejection is not lent to B when a line stands behind attempt A") mutating func earlierOneWaits() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [:])
        #expect(neighbours.loans(stamp: one, client(2)) == [alice: oneOf(1, 2), bob: oneOf(1, 2)])
    }

    @Test("an attempt with its own address also awaits its rejection") mutating func ownAddress() {
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        neighbours.attempt(alice, lends: false, process: nil, stamp: one)
        #expect(neighbours.loans(stamp: one, client(1)) == [:])
        #expect(neighbours.loans(stamp: one, client(2)) == [bob: oneOf(1, 2)])
        neighbours = Neighbours()
        neighbours.attempt(alice, lends: false, process: nil, stamp: one)
        #expect(neighbours.interest == .phrase, "alone it costs nothing")
    }

    @Test("with pids the next line of the same process counts, whatever others write") mutating func pids() {
        neighbours.attempt(alice, lends: true, process: process(1), stamp: one)
        neighbours.attempt(bob, lends: true, process: process(2), stamp: one)
        neighbours.other(process: process(3))
        neighbours.other(process: nil)
        #expect(neighbours.rejection(process: process(2), stamp: two) == bob)
        #expect(neighbours.rejection(process: process(1), stamp: two) == alice)
        neighbours.attempt(alice, lends: true, process: process(1), stamp: one)
        neighbours.other(process: process(1))
        #expect(neighbours.rejection(process: process(1), stamp: one) == nil)
    }

    @Test("the same pid on another host is another process") mutating func hosts() {
        neighbours.attempt(alice, lends: true, process: LinePrefix.Process(host: [1], pid: 7), stamp: one)
        #expect(neighbours.rejection(process: LinePrefix.Process(host: [2], pid: 7), stamp: one) == nil)
    }

    @Test("a line with a pid never lends to a line without one") mutating func mixed() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: process(1), stamp: one) == nil)
        neighbours.attempt(bob, lends: true, process: process(2), stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("no attempt waits for ever, and their number is limited") mutating func bounds() {
        for pid in 1...200 { neighbours.attempt(alice, lends: true, process: process(Int32(pid)), stamp: one) }
        #expect(neighbours.rejection(process: process(1), stamp: one) == nil)
        #expect(neighbours.rejection(process: process(200), stamp: one) == alice)
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        for _ in 0..<(2 * Crowd.patience) { neighbours.other(process: nil) }
        #expect(neighbours.interest == .phrase)
    }
}

extension Neighbours {
    fileprivate mutating func attempt(_ fingerprint: Fingerprint, lends: Bool, process: LinePrefix.Process?, stamp: ArraySlice<UInt8>) {
        attempt(fingerprint, lends: lends, process: process, stamp: stamp, time: NeighboursTests.time(of: stamp))
    }

    fileprivate mutating func loans(stamp: ArraySlice<UInt8>, _ facts: PendingEntry.Observation?) -> [Fingerprint: PendingEntry.Observation]
    {
        let loans = rejection(facts, process: nil, stamp: stamp, time: NeighboursTests.time(of: stamp))
        return Dictionary(loans.map { ($0.fingerprint, $0.facts) }) { _, last in last }
    }

    /// Whom it lends to.
    fileprivate mutating func rejection(process: LinePrefix.Process?, stamp: ArraySlice<UInt8>, at time: Timestamp? = nil) -> Fingerprint? {
        rejection(PendingEntry.Observation(), process: process, stamp: stamp, time: time ?? NeighboursTests.time(of: stamp)).first?
            .fingerprint
    }

    /// A line that bears no time that matters.
    fileprivate mutating func other(process: LinePrefix.Process?) { other(process: process, time: nil) }
}

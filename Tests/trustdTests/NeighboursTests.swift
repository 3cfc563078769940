import Testing
import TrustCore

@testable import LogLine

@Suite("Which rejection belongs to which attempt")
struct NeighboursTests {
    let alice: Fingerprint
    let bob: Fingerprint
    let one: ArraySlice<UInt8> = Array("2026-11-22 17:41:59 ".utf8)[...]
    let two: ArraySlice<UInt8> = Array("2026-11-22 17:42:00 ".utf8)[...]
    let later: ArraySlice<UInt8> = Array("2026-11-22 17:42:30 ".utf8)[...]
    var neighbours = Neighbours()

    init() throws {
        alice = try Fingerprint(Log.fingerprint(1))
        bob = try Fingerprint(Log.fingerprint(2))
    }

    static func time(of stamp: ArraySlice<UInt8>) -> Timestamp {
        var scanner = LineScanner(stamp)
        return scanner.eximTime()?.moment(now: .now) ?? Timestamp(seconds: 0)
    }

    func process(_ pid: Int32) -> LinePrefix.Process { LinePrefix.Process(pid: pid) }

    @Test("the very next line with the same time lends its facts") mutating func next() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.interest == .everyLine)
        #expect(neighbours.rejection(process: nil, stamp: one) == alice)
        #expect(neighbours.interest == .rejections, "what was lent may have to be taken back")
        neighbours.other(process: nil, time: Self.time(of: later))
        #expect(neighbours.interest == .phrase)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("another time, another line between, or no time at all lends nothing") mutating func notNext() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: two) == nil)
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
        neighbours.attempt(alice, lends: true, process: nil, stamp: [])
        #expect(neighbours.rejection(process: nil, stamp: []) == nil)
    }

    @Test("after two attempts and two rejections neither attempt gets an address") mutating func interleaved() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("A's late rejection is not lent to B's attempt after a stranger's rejection")
    mutating func drained() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("what a stranger's rejection lent is withdrawn at A's own") mutating func strangerFirst() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.loan(stamp: one) == .lends(alice))
        neighbours.other(process: nil)
        #expect(neighbours.loan(stamp: two) == .withdrawn(alice))
        #expect(neighbours.loan(stamp: two) == nil)
    }

    @Test("A's rejection behind attempt B is not lent to B") mutating func strangerThenAnother() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.loan(stamp: one) == .lends(alice))
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.loan(stamp: one) == .withdrawn(alice))
    }

    @Test("lending begins again after some seconds, or after 1,000 lines without a time") mutating func calm() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        neighbours.attempt(bob, lends: true, process: nil, stamp: later)
        #expect(neighbours.loan(stamp: later) == .lends(bob))
        neighbours = Neighbours(afterGap: true)
        for _ in 0...Neighbours.patience { neighbours.other(process: nil, time: nil) }
        neighbours.attempt(bob, lends: true, process: nil, stamp: later)
        #expect(neighbours.loan(stamp: later) == .lends(bob))
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
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("an attempt with its own address also awaits its rejection") mutating func ownAddress() {
        neighbours.attempt(alice, lends: false, process: nil, stamp: one)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("behind a gap an unseen attempt may await its rejection") func gap() {
        var neighbours = Neighbours(afterGap: true)
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
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
        for _ in 0..<(2 * Neighbours.patience) { neighbours.other(process: nil) }
        #expect(neighbours.interest == .phrase)
    }
}

extension Neighbours {
    fileprivate mutating func attempt(_ fingerprint: Fingerprint, lends: Bool, process: LinePrefix.Process?, stamp: ArraySlice<UInt8>) {
        attempt(fingerprint, lends: lends, process: process, stamp: stamp, time: NeighboursTests.time(of: stamp))
    }

    fileprivate mutating func loan(stamp: ArraySlice<UInt8>) -> Loan? {
        rejection(process: nil, stamp: stamp, time: NeighboursTests.time(of: stamp))
    }

    /// Whom it lends to.
    fileprivate mutating func rejection(process: LinePrefix.Process?, stamp: ArraySlice<UInt8>, at time: Timestamp? = nil) -> Fingerprint? {
        guard case .lends(let fingerprint) = rejection(process: process, stamp: stamp, time: time ?? NeighboursTests.time(of: stamp))
        else { return nil }
        return fingerprint
    }

    /// A line that bears no time that matters.
    fileprivate mutating func other(process: LinePrefix.Process?) { other(process: process, time: nil) }
}

import Testing
import TrustCore

@testable import trustd

@Suite("Which rejection belongs to which attempt")
struct NeighboursTests {
    let alice: Fingerprint
    let bob: Fingerprint
    let one: ArraySlice<UInt8> = Array("2026-11-22 17:41:59 ".utf8)[...]
    let two: ArraySlice<UInt8> = Array("2026-11-22 17:42:00 ".utf8)[...]
    var neighbours = Neighbours()

    init() throws {
        alice = try Fingerprint(Log.fingerprint(1))
        bob = try Fingerprint(Log.fingerprint(2))
    }

    func process(_ pid: Int32) -> LogProcess { LogProcess(pid: pid) }

    @Test("the very next line with the same time lends") mutating func next() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.isWaiting)
        #expect(neighbours.rejection(process: nil, stamp: one) == alice)
        #expect(!neighbours.isWaiting)
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

    @Test("attempt, attempt, rejection, rejection: nobody gets an address") mutating func interleaved() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == bob)
    }

    @Test("attempt A, something, attempt B, rejection A: not B's") mutating func earlierOneWaits() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        neighbours.other(process: nil)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("an attempt that bears its own address waits for its rejection too") mutating func ownAddress() {
        neighbours.attempt(alice, lends: false, process: nil, stamp: one)
        neighbours.attempt(bob, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("behind a gap an attempt may be waiting that was not seen") func gap() {
        var neighbours = Neighbours(afterGap: true)
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("with pids each process's next line counts, whatever others write between") mutating func pids() {
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
        neighbours.attempt(alice, lends: true, process: LogProcess(host: [1], pid: 7), stamp: one)
        #expect(neighbours.rejection(process: LogProcess(host: [2], pid: 7), stamp: one) == nil)
    }

    @Test("a line with a pid never lends to one without") mutating func mixed() {
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        #expect(neighbours.rejection(process: process(1), stamp: one) == nil)
        neighbours.attempt(bob, lends: true, process: process(2), stamp: one)
        #expect(neighbours.rejection(process: nil, stamp: one) == nil)
    }

    @Test("nobody waits for ever, and only so many at a time") mutating func bounds() {
        for pid in 1...200 { neighbours.attempt(alice, lends: true, process: process(Int32(pid)), stamp: one) }
        #expect(neighbours.rejection(process: process(1), stamp: one) == nil)
        #expect(neighbours.rejection(process: process(200), stamp: one) == alice)
        neighbours.attempt(alice, lends: true, process: nil, stamp: one)
        for _ in 0..<(2 * Neighbours.patience) { neighbours.other(process: nil) }
        #expect(!neighbours.isWaiting)
    }
}

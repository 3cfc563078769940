import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import LogLine
@testable import PendingEntries
@testable import trustd

/// Old, hostile and damaged entries, and bursts of refusals.
extension PendingQueueTests {
    @Test("entries expire after pending_ttl") func sweep() throws {
        var queue = try open { $0.pendingTTL = 100 }
        try take(&queue, [1])
        try queue.write(clock: .zero)
        try queue.sweep(now: Timestamp(seconds: now.seconds + 100))
        #expect(queue.count == 1)
        try queue.sweep(now: Timestamp(seconds: now.seconds + 101))
        #expect(queue.count == 0 && sandbox.entry(1) == nil)
    }

    @Test("hostile names are reported, left alone, and neither followed nor waited for") func hostile() throws {
        _ = try open()
        func name(_ number: Int) -> String { "\(sandbox.pending)/\(Log.fingerprint(number))" }
        try sandbox.write("secret", to: sandbox.path + "/secret")
        symlink(sandbox.path + "/secret", name(1))
        mkfifo(name(2), 0o600)
        try sandbox.write("", to: name(3))
        truncate(name(3), 1 << 34)
        try sandbox.write("trustd-pending 1\nFingerprint: \(Log.fingerprint(5))\n", to: name(4))
        try sandbox.write("x", to: sandbox.pending + "/\u{1B}[31mred")
        try sandbox.write("trustd-pending 1\n\u{1B}[2J", to: name(6))
        mkdir(name(7), 0o700)
        try sandbox.write("x", to: sandbox.pending + "/5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C")
        var queue = try open()
        #expect(queue.count == 0 && queue.notes.count == 1 && queue.notes[0].message.hasPrefix("8 of the names"))
        #expect(!queue.notes[0].message.unicodeScalars.contains("\u{1B}"))
        try take(&queue, 1...8)
        try queue.write(clock: .zero)
        #expect(queue.count == 2 && sandbox.sightings(5) == 1 && sandbox.sightings(8) == 1)
        #expect(queue.refusals.counts[.nameTaken] == 6)
        #expect(try File.read(sandbox.path + "/secret") == "secret")
    }

    @Test("a damaged entry does not stop the others") func damaged() throws {
        var queue = try open()
        try take(&queue, [1, 2])
        try queue.write(clock: .zero)
        try sandbox.write("damaged", to: "\(sandbox.pending)/\(Log.fingerprint(1))")
        try take(&queue, [1, 2], from: 10)
        try queue.write(clock: .zero)
        #expect(sandbox.sightings(2) == 2 && queue.count == 1 && queue.notes.count == 2)
    }

    @Test("a burst of refusals is reported once, and its size after a minute") func bursts() throws {
        var refusals = Refusals()
        #expect(refusals.count(.full, of: nil, now: .zero) != nil)
        for _ in 0..<1_000_000 / 1_000 { #expect(refusals.count(.full, of: nil, now: .milliseconds(5)) == nil) }
        #expect(refusals.due(now: .milliseconds(59_999)).isEmpty)
        #expect(refusals.due(now: .milliseconds(60_000)).map(\.message) == ["refused 1000 more: the queue is full (max_pending)"])
        #expect(refusals.due(now: .milliseconds(120_000)).isEmpty && refusals.count(.full, of: nil, now: .milliseconds(120_001)) != nil)
        #expect(refusals.counts[.full] == 1_002)
    }
}

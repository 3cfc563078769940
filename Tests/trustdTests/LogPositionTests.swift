import Testing
import TrustCore

@testable import LogFollower

@Suite("What to do with a log")
struct LogPositionTests {
    let old = FileIdentity(device: 1, inode: 10)
    let new = FileIdentity(device: 1, inode: 11)
    var position = LogPosition(file: FileIdentity(device: 1, inode: 10), offset: 100, sequence: 1_100)

    mutating func observe(_ size: Int64, unchanged: Bool = true, successor: Bool = false, now: Int = 0, patient: Bool = true)
        -> LogPosition.Step
    {
        position.observe(size: size, isUnchanged: unchanged, hasSuccessor: successor, now: .milliseconds(now), patient: patient)
    }

    @Test("a log is read when it has grown, and waited for at its end") mutating func growth() {
        #expect(observe(100) == .wait(until: nil))
        #expect(observe(150) == .read)
        position.consumed(to: 140, examined: 150)
        #expect(observe(150) == .wait(until: nil))
        #expect(position.sequence == 1_140)
    }

    @Test("a shorter file is read from its beginning, and no number is given twice") mutating func truncation() {
        position.consumed(to: 140, examined: 150)
        #expect(observe(149) == .restart(.truncated))
        position = position.restarted
        #expect(position.offset == 0 && position.sequence == 1_150)
    }

    @Test("a file with other bytes is read from its beginning") mutating func replaced() {
        #expect(observe(500, unchanged: false) == .restart(.replaced))
    }

    @Test("a new file is read after the old one was quiet for the grace period") mutating func rotation() {
        #expect(observe(100, successor: true, now: 1_000) == .wait(until: .milliseconds(1_500)))
        #expect(observe(100, successor: true, now: 1_400) == .wait(until: .milliseconds(1_500)))
        #expect(observe(100, successor: true, now: 1_500) == .switch)
        position = position.switched(to: new)
        #expect(position == LogPosition(file: new, offset: 0, sequence: 1_100))
    }

    @Test("a writer in the renamed file is waited for, but not for ever") mutating func lateWriter() {
        #expect(observe(100, successor: true, now: 0) == .wait(until: .milliseconds(500)))
        #expect(observe(120, now: 400) == .read)
        position.consumed(to: 120, examined: 120)
        #expect(observe(120, successor: true, now: 450) == .wait(until: .milliseconds(950)))
        for now in stride(from: 800, to: 10_000, by: 400) {
            #expect(observe(position.examined + 1, now: now) == .read)
            position.consumed(to: position.examined + 1, examined: position.examined + 1)
            _ = observe(position.examined, successor: true, now: now)
        }
        #expect(observe(position.examined, successor: true, now: 10_000) == .switch)
    }

    @Test("a new file that disappears stops the grace period") mutating func vanished() {
        _ = observe(100, successor: true, now: 0)
        #expect(observe(100, now: 600) == .wait(until: nil))
        #expect(observe(100, successor: true, now: 700) == .wait(until: .milliseconds(1_200)))
    }

    @Test("without patience the new file is read at once") mutating func once() {
        #expect(observe(100, successor: true, patient: false) == .switch)
    }

    @Test("half a line at the old file's end is not carried into the new one") mutating func half() {
        position.consumed(to: 100, examined: 130)
        position = position.switched(to: new)
        #expect(position.sequence == 1_130)
    }

    @Test("an endless line is skipped") mutating func endless() {
        position.consumed(to: 100, examined: 100 + Int64(LineLength.maximum))
        #expect(!position.isSkipping)
        position.consumed(to: 100, examined: 101 + Int64(LineLength.maximum))
        #expect(position.isSkipping)
    }
}

import Testing
import TrustCore

@testable import trustctl

@Suite("watch: when it wakes, and how fast trustd reads")
struct WatchClockTests {
    @Test("when nothing happens it wakes once a minute") func quiet() {
        var schedule = WatchSchedule(now: .seconds(100))
        #expect(schedule.pause(at: .seconds(100)) == .seconds(60))
        let early = schedule.isTickDue(at: .seconds(159))
        let due = schedule.isTickDue(at: .seconds(160))
        #expect(!early && due && schedule.pause(at: .seconds(160)) == .seconds(60))
    }

    @Test("the attack: changes without end; looking takes at most a tenth of the time") func flood() {
        var schedule = WatchSchedule(now: .zero)
        var now: Duration = .zero
        var looking: Duration = .zero
        while now < .seconds(100) {
            schedule.changed(at: now)
            schedule.reported(at: now)
            now += schedule.pause(at: now)
            if schedule.isLookDue(at: now) {
                schedule.looked(from: now, to: now + .milliseconds(500))
                now += .milliseconds(500)
                looking += .milliseconds(500)
            }
            if schedule.isGlanceDue(at: now) { schedule.glanced(at: now) }
            now += .milliseconds(1)
        }
        #expect(looking > .seconds(5) && looking <= .seconds(11), "\(looking)")
    }

    @Test("the first change is looked at once, when its burst is over, and our own without waiting") func first() {
        var schedule = WatchSchedule(now: .zero)
        schedule.changed(at: .seconds(1))
        schedule.changed(at: .seconds(1) + .milliseconds(10))
        #expect(schedule.pause(at: .seconds(1)) == WatchSchedule.gathering && !schedule.isLookDue(at: .seconds(1)))
        schedule.looked(from: .seconds(2), to: .seconds(3))
        schedule.changed(at: .seconds(3))
        #expect(schedule.pause(at: .seconds(3)) == .seconds(9))
        schedule.mustLook(at: .seconds(3))
        #expect(schedule.isLookDue(at: .seconds(3)))
    }

    @Test("lines a second are those of the last ten seconds, and none when no more come") func rate() throws {
        var rate = LineRate()
        #expect(rate.perSecond(at: .zero) == nil && rate.change(after: .zero) == nil)
        for second in 0...30 { rate.take(UInt64(second * 12), at: .seconds(second)) }
        #expect(abs(try #require(rate.perSecond(at: .seconds(30))) - 12) < 1.3)
        let end = try #require(rate.change(after: .seconds(30)))
        #expect(end == .seconds(40) && rate.perSecond(at: end) == 0 && rate.change(after: end) == nil)
        // A state that was made anew.
        rate.take(3, at: .seconds(50))
        #expect(rate.perSecond(at: .seconds(50)) == 0)
    }

    @Test("the follower is one line") func follower() {
        #expect(WatchFollower.text((0, 0), nil) == "trustd follows: nothing unread")
        #expect(WatchFollower.text((0, 0), 0) == "trustd follows: nothing unread, no new lines")
        #expect(WatchFollower.text((1_234, 5), 0.04) == "trustd follows: 1234 bytes unread, 5 s behind, 0.1 lines a second")
        #expect(WatchFollower.text((0, 0), 1.26) == "trustd follows: nothing unread, 1.3 lines a second")
        #expect(WatchFollower.text(nil, 99.7) == "trustd follows: how much is unread only root can see, 100 lines a second")
    }
}

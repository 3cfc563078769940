import Testing
import TrustCore

@Suite("Clock")
struct ClockTests {
    @Test("clocks do not run backwards, and the date agrees with Timestamp") func order() {
        let (monotonic, boot) = (Clock.monotonic, Clock.boot)
        #expect(monotonic > .zero && boot >= monotonic)
        #expect(Clock.monotonic >= monotonic && Clock.boot >= boot)
        #expect(abs(Clock.wall.components.seconds - Timestamp.now.seconds) <= 1)
    }

    @Test("milliseconds for poll(2) are rounded up, and never negative") func milliseconds() {
        #expect(Duration.milliseconds(1_500).milliseconds == 1_500)
        #expect(Duration.nanoseconds(1).milliseconds == 1)
        #expect(Duration.milliseconds(20_001).milliseconds == 20_001)
        #expect(Duration.zero.milliseconds == 0 && Duration.seconds(-7).milliseconds == 0 && Duration.milliseconds(-1).milliseconds == 0)
        #expect(Duration.seconds(Int64.max).milliseconds == Int32.max && Duration.seconds(Int64.min).milliseconds == 0)
    }
}

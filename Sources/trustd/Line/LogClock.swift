import TrustCore

/// Tells when each line was written. The C library looks for the host's zone at every conversion, so the latest quarter of an hour is
/// remembered: in one whose end comes when it should, no zone has changed.
struct LogClock {
    private var quarter: Quarter?

    private struct Quarter {
        /// Its beginning, as lines have it.
        let written: WrittenTime
        /// Nil when the zone changes in it, or there is no such time.
        let begin: Timestamp?

        static let minutes = 15

        init(_ written: WrittenTime, now: Timestamp) {
            self.written = written
            var end = written
            (end.minute, end.second) = (written.minute + Self.minutes - 1, 59)
            let begin = written.moment(now: now)
            let length = begin.flatMap { begin in end.moment(now: now).map { $0.seconds - begin.seconds } }
            self.begin = length == Int64(Self.minutes * 60 - 1) ? begin : nil
        }
    }

    /// When a line was written; nil when it has no time. For a date that does not exist (a leap second, a clock before 1970) it is `now`,
    /// because the line still counts. It is at most a day ahead of `now`: a wrong clock must not keep an entry for years.
    mutating func moment(of time: WrittenTime?, now: Timestamp) -> Timestamp? {
        guard let time else { return nil }
        return min(exactMoment(of: time, now: now) ?? now, Timestamp(seconds: now.seconds + 86_400))
    }

    private mutating func exactMoment(of time: WrittenTime, now: Timestamp) -> Timestamp? {
        guard (0...59).contains(time.second), (0...59).contains(time.minute) else { return time.moment(now: now) }
        let minute = time.minute % Quarter.minutes
        var begin = time
        (begin.minute, begin.second) = (time.minute - minute, 0)
        let known = if let quarter, quarter.written == begin { quarter } else { Quarter(begin, now: now) }
        quarter = known
        guard let begin = known.begin else { return time.moment(now: now) }
        return Timestamp(seconds: begin.seconds + Int64(minute * 60 + time.second))
    }
}

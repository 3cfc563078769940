import TrustCore

/// Tells when each line was written. The C library reads the host's zone for every conversion, so the latest minute is remembered.
struct LogClock {
    private var minute: (written: WrittenTime, begin: Timestamp)?

    /// When a line was written; nil when it has no time. For a date that does not exist (a leap second, a clock before 1970) it is `now`,
    /// because the line still counts. It is at most a day ahead of `now`: a wrong clock must not keep an entry for years.
    mutating func moment(of time: WrittenTime?, now: Timestamp) -> Timestamp? {
        guard let time else { return nil }
        return min(exactMoment(of: time, now: now) ?? now, Timestamp(seconds: now.seconds + 86_400))
    }

    private mutating func exactMoment(of time: WrittenTime, now: Timestamp) -> Timestamp? {
        guard (0...59).contains(time.second) else { return time.moment(now: now) }
        var begin = time
        begin.second = 0
        if minute?.written != begin {
            guard let moment = begin.moment(now: now) else { return nil }
            minute = (begin, moment)
        }
        return minute.map { Timestamp(seconds: $0.begin.seconds + Int64(time.second)) }
    }
}

import TrustCore

/// A time as a log line has it: perhaps without a year (syslog), perhaps without a zone (then it is in the host's).
struct WrittenTime: Equatable {
    var year: Int?
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    /// Seconds east of UTC.
    var offset: Int?

    /// The moment; nil when there is no such day or time. A missing year is the latest one in which the moment is at most a day ahead of
    /// `now`: a line of December that is read in January is of the year before.
    func moment(now: Timestamp) -> Timestamp? {
        if let year { return moment(in: year) }
        guard let thisYear = Int(now.day.prefix(4)) else { return nil }
        return stride(from: thisYear + 1, through: thisYear - 8, by: -1).lazy.compactMap { self.moment(in: $0) }
            .first { $0.seconds <= now.seconds + 86_400 }
    }

    private func moment(in year: Int) -> Timestamp? {
        Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second, offset: offset)
    }
}

extension LineScanner {
    /// Exim's form: `2026-11-22 17:41:59`, perhaps with `.837` (selector millisec) and ` +0100` (log_timezone), then a blank.
    mutating func eximTime() -> WrittenTime? {
        attempt { scanner in
            guard var time = scanner.date(), scanner.skip(" "), scanner.timeOfDay(into: &time) else { return nil }
            if scanner.skip(".") { guard scanner.number(digits: 3) != nil else { return nil } }
            time.offset = scanner.attempt { $0.skip(" ") ? $0.zone(colon: false) : nil }
            return scanner.skip(" ") ? time : nil
        }
    }

    /// The forms of syslog and of journalctl(1), then a blank: `Nov 22 17:41:59`, also with a fraction (short-precise);
    /// `2026-11-22T17:41:59.123456+00:00`; `Sun 2026-11-22 17:41:59 UTC` (short-full).
    mutating func syslogTime() -> WrittenTime? {
        attempt { $0.traditionalTime() } ?? attempt { $0.isoTime() } ?? attempt { $0.fullTime() }
    }

    /// `2026-11-22T17:41:59.123456+00:00`, perhaps without the fraction or the colon, or with `Z`, then a blank.
    mutating func isoTime() -> WrittenTime? {
        attempt { scanner in
            guard var time = scanner.date(), scanner.skip("T"), scanner.timeOfDay(into: &time), scanner.fraction() else { return nil }
            time.offset = scanner.skip("Z") ? 0 : scanner.attempt { $0.zone(colon: true) } ?? scanner.zone(colon: false)
            return time.offset != nil && scanner.skip(" ") ? time : nil
        }
    }

    /// Any zone but UTC has a name that may mean several: then it is the host's.
    private mutating func fullTime() -> WrittenTime? {
        let days: [StaticString] = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "]
        guard days.contains(where: { skip($0) }), var time = date(), skip(" "), timeOfDay(into: &time), fraction(), skip(" "),
            let zone = word(2...6, where: { !$0.isLowercase && ($0.isLetterOrDigit || "+-".utf8.contains($0)) }), skip(" ")
        else { return nil }
        if zone.elementsEqual("UTC".utf8) { time.offset = 0 }
        return time
    }

    private mutating func traditionalTime() -> WrittenTime? {
        let months: [StaticString] = ["Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "]
        guard let first = rest.first, (UInt8(ascii: "A")...UInt8(ascii: "S")).contains(first) else { return nil }
        guard let month = months.firstIndex(where: { skip($0) }) else { return nil }
        guard let day = skip(" ") ? number(digits: 1) : number(digits: 2), skip(" ") else { return nil }
        var time = WrittenTime(year: nil, month: month + 1, day: day, hour: 0, minute: 0, second: 0, offset: nil)
        return timeOfDay(into: &time) && fraction() && skip(" ") ? time : nil
    }

    /// `.123456`, or nothing.
    private mutating func fraction() -> Bool { !skip(".") || word(1...9, where: \.isDigit) != nil }

    private mutating func date() -> WrittenTime? {
        guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"), let day = number(digits: 2) else {
            return nil
        }
        return WrittenTime(year: year, month: month, day: day, hour: 0, minute: 0, second: 0, offset: nil)
    }

    private mutating func timeOfDay(into time: inout WrittenTime) -> Bool {
        guard let hour = number(digits: 2), skip(":"), let minute = number(digits: 2), skip(":"), let second = number(digits: 2) else {
            return false
        }
        (time.hour, time.minute, time.second) = (hour, minute, second)
        return true
    }

    private mutating func zone(colon: Bool) -> Int? {
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(digits: 2), !colon || skip(":"), let minutes = number(digits: 2), minutes < 60 else {
            return nil
        }
        return (isEast ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }
}

extension UInt8 {
    fileprivate var isLowercase: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}

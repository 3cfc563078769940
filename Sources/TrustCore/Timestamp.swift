import Glibc

/// A moment, in whole seconds since 1970-01-01 UTC.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let seconds: Int64

    /// The years 1970 to 9999, which `description` can write and read. A moment outside becomes the nearest one inside.
    package static let range: ClosedRange<Int64> = 0...253_402_300_799

    package init(seconds: Int64) { self.seconds = min(max(seconds, Self.range.lowerBound), Self.range.upperBound) }

    /// A moment that a certificate names, which may be before 1970: from the year 1 to 9999. What our own files hold never is, and
    /// `init(rfc3339:)` does not read it.
    package init(anySeconds seconds: Int64) { self.seconds = min(max(seconds, Self.firstSecond), Self.range.upperBound) }

    /// 0001-01-01T00:00:00Z.
    private static let firstSecond: Int64 = -62_135_596_800

    /// By the date that the host has now.
    package static var now: Timestamp { Timestamp(seconds: Int64(time(nil))) }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    /// The moment of a date and time of day: in the zone `offset` seconds east of UTC, or in the host's zone when that is nil.
    /// Nil for a date or time of day that does not exist.
    package init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, offset: Int?) {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour),
            (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        parts.tm_isdst = -1
        let moment = offset == nil ? mktime(&parts) : timegm(&parts)
        guard Int(parts.tm_mday) == day else { return nil }  // the 31st of a shorter month
        self.init(seconds: Int64(moment) - Int64(offset ?? 0))
    }

    /// Reads exactly the form of `description`; nil for anything else.
    package init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"), bytes[19] == UInt8(ascii: "Z"),
            let year = Decimal.number(bytes[0..<4]), let month = Decimal.number(bytes[5..<7]), let day = Decimal.number(bytes[8..<10]),
            let hour = Decimal.number(bytes[11..<13]), let minute = Decimal.number(bytes[14..<16]),
            let second = Decimal.number(bytes[17..<19])
        else { return nil }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second, offset: 0)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, e.g. `2026-11-22T17:41:59Z`.
    package var description: String {
        var moment = time_t(seconds)
        var parts = tm()
        gmtime_r(&moment, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let year = String(Int(parts.tm_year) + 1900)
        let date = "\(String(repeating: "0", count: max(0, 4 - year.count)))\(year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }

    /// Only the day, in UTC, e.g. `2026-11-22`.
    package var day: String { String(description.prefix(10)) }
}

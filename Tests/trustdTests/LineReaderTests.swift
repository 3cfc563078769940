import Testing
import TrustCore
import TrustTestSupport

@testable import LogLine

@Suite("What a line means")
struct LineReaderTests {
    static let groups = (try? CaseGroup.read("exim-log.cases")) ?? []
    let now = Timestamp(seconds: 1_795_518_400)  // 2026-11-24

    @Test("the cases are there") func casesExist() { #expect(Self.groups.count > 150) }

    @Test("each line of exim-log.cases means what stands below it", arguments: groups)
    func wholeLines(group: CaseGroup) {
        var reader = LineReader()
        for (line, expected) in group.lines {
            let said = reader.read(line[...], now: now).description
            let isEqual = Self.hasZone(line) ? said == expected : Self.timeless(said) == Self.timeless(expected)
            #expect(isEqual, "\(said): \(String(decoding: line.prefix(300), as: UTF8.self))")
        }
    }

    @Test("no beginning of a line is a sighting that the whole line is not", arguments: groups)
    func beginnings(group: CaseGroup) {
        for (line, expected) in group.lines where expected.hasPrefix("nothing") && !line.starts(with: "Nov".utf8) {
            for end in stride(from: 0, to: line.count, by: 7) {
                var reader = LineReader()
                if case .sighting(let sighting) = reader.read(line[..<end], now: now) {
                    // Only a real beginning that is followed by something may become one when it is cut.
                    #expect(sighting.certificate == nil || sighting.address != nil)
                    #expect(String(decoding: line, as: UTF8.self).contains(": \(sighting.fingerprint)"))
                }
            }
        }
    }

    @Test("bytes that are not text neither crash it nor mean anything")
    func noise() {
        var generator = SplitMix64(state: 1)
        let line = Array("2026-11-22 17:41:59.837 +0000 [3725] \(Log.phrase)\(Log.fingerprint(1)) [192.0.2.1] QUJD".utf8)
        for _ in 0..<20_000 {
            var broken = line
            broken[Int.random(in: 0..<broken.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            if Bool.random(using: &generator) { broken.insert(0, at: Int.random(in: 0...broken.count, using: &generator)) }
            var reader = LineReader()
            _ = reader.read(broken[...], now: now)
        }
        for byte in UInt8.min...UInt8.max {
            var reader = LineReader()
            guard case .nothing = reader.read([byte], now: now) else {
                Issue.record("\(byte)")
                continue
            }
        }
    }

    @Test("a syslog line without a year is of the latest year that is not in the future")
    func year() throws {
        let newYear = Timestamp(seconds: 1_798_761_600)  // 2027-01-01T00:00:00Z
        let december = WrittenTime(year: nil, month: 12, day: 31, hour: 23, minute: 0, second: 0, offset: 0)
        #expect(december.moment(now: newYear)?.description == "2026-12-31T23:00:00Z")
        let january = WrittenTime(year: nil, month: 1, day: 1, hour: 0, minute: 0, second: 0, offset: 0)
        #expect(january.moment(now: Timestamp(seconds: newYear.seconds - 60))?.description == "2027-01-01T00:00:00Z")
        let leap = WrittenTime(year: nil, month: 2, day: 29, hour: 0, minute: 0, second: 0, offset: 0)
        #expect(leap.moment(now: newYear)?.description == "2024-02-29T00:00:00Z")
    }

    @Test("a date that does not exist or is far in the future does not hide the sighting")
    func impossibleDate() {
        for (written, expected) in [
            ("2026-11-17 23:59:60 +0000", "\(now)"), ("1969-12-31 23:59:59 +0000", "\(now)"), ("2026-02-31 12:00:00 +0000", "\(now)"),
            ("1970-01-01 00:00:00 +0100", "1970-01-01T00:00:00Z"),
            ("9999-12-31 23:59:59 -0100", "\(Timestamp(seconds: now.seconds + 86_400))"),
        ] {
            var reader = LineReader()
            guard case .sighting(let sighting) = reader.read(Array("\(written) \(Log.phrase)\(Log.fingerprint(1))".utf8)[...], now: now)
            else {
                Issue.record("\(written) hides it")
                continue
            }
            #expect(sighting.time?.description == expected, "\(written)")
            #expect(Timestamp(rfc3339: sighting.time?.description ?? "") == sighting.time, "\(written) cannot be read again")
        }
        #expect(Timestamp(rfc3339: Timestamp(seconds: .min).description) != nil)
        #expect(Timestamp(rfc3339: Timestamp(seconds: .max).description) != nil)
    }

    @Test("a NUL after an address makes it invalid, although inet_pton stops there")
    func nulInAddress() {
        #expect(Address("192.0.2.1\0 evil") == nil)
        var reader = LineReader()
        guard case .nothing = reader.read(Array("\(Log.phrase)\(Log.fingerprint(1)) [192.0.2.1\0x]".utf8)[...], now: now) else {
            Issue.record("taken")
            return
        }
    }

    @Test("a line that is too long to be read still separates its neighbours") func skippedLineIsALine() {
        var reader = LineReader()
        _ = reader.read(Array("2026-11-17 17:41:59 \(Log.phrase)\(Log.fingerprint(1))".utf8)[...], now: now)
        reader.skip()
        let rejection = "2026-11-17 17:41:59 H=(vm) [192.0.2.7] X=TLS1.3:A:256 CV=yes F=<a@x.org> rejected RCPT <o@r.example>: no"
        guard case .nothing = reader.read(Array(rejection.utf8)[...], now: now) else {
            Issue.record("lent over a line")
            return
        }
    }

    @Test("sixty long entries in interleaved pieces are all joined") func manyPieces() {
        var reader = LineReader()
        var found = 0
        let address = String(Log.phrase.dropFirst(20))
        for part in 1...2 {
            for pid in 1...60 {
                let text = part == 1 ? "[1/2] \(Log.phrase.prefix(20))" : "[2/2] \(address)\(Log.fingerprint(pid))"
                if case .sighting = reader.read(Array("Nov 17 17:41:59 host exim[\(pid)]: \(text)".utf8)[...], now: now) { found += 1 }
            }
        }
        #expect(found == 60)
    }

    /// The host's zone is not the test's.
    private static func timeless(_ text: String) -> String {
        text.split(separator: " ").filter { !$0.hasPrefix("time=") }.joined(separator: " ")
    }

    /// (The last piece of a joined entry may lack the first one's zone. In the cases no such entry has a zone only there.)
    private static func hasZone(_ line: [UInt8]) -> Bool { LinePrefix(line[...]).time?.offset != nil }
}

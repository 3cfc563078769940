import Testing
import TrustCore
import TrustTestSupport

@testable import LogLine

@Suite("Reading only the lines that matter")
struct RepeatedLinesTests {
    /// A log of few clients, so that lines come again, with everything between them that may matter to a neighbour.
    static func log(_ dice: inout some RandomNumberGenerator, pids: Bool) -> [String] {
        var second = 0
        return (0..<400).map { _ in
            if Int.random(in: 0..<3, using: &dice) == 0 { second += Int.random(in: 0...3, using: &dice) }
            let time = "2026-11-22 1\(second / 600 % 10):\(10 + second / 60 % 10):\(second % 60 < 10 ? "0" : "")\(second % 60) "
            let pid = pids || Int.random(in: 0..<8, using: &dice) == 0 ? "[\(Int.random(in: 1...3, using: &dice))] " : ""
            let client = Int.random(in: 1...3, using: &dice)
            switch Int.random(in: 0..<12, using: &dice) {
            case 0...1: return "\(time)\(pid)\(Log.phrase)\(Log.fingerprint(client))"
            case 2: return "\(time)\(pid)\(Log.phrase)\(Log.fingerprint(client)) [192.0.2.\(client)] QUJD"
            case 3: return "\(time)\(pid)\(Log.phrase)\(Log.fingerprint(client)) [192.0.2.\(client)"
            case 4...5:
                return "\(time)\(pid)H=(c\(client)) [192.0.2.\(client)] X=TLS1.3:a:256 CV=yes F=<a@b.c> rejected RCPT <a@d.e>: no"
            case 6: return "\(time)\(pid)H=(\(Log.phrase)\(Log.fingerprint(9))"
            case 7: return "no time at all"
            case 8: return "\(time)\(pid)1vMtqj-0001ab-XY \(Log.phrase)\(Log.fingerprint(client))"
            case 9:
                return "\(time)\(pid)1vMtqj-0001ab-XY H=(c\(client)) [192.0.2.\(client)] X=TLS1.3:a:256 CV=yes F=<a@b.c>"
                    + " rejected RCPT <a@d.e>: no"
            default: return "\(time)\(pid)SMTP connection from [192.0.2.9] lost"
            }
        }
    }

    @Test("reading only the lines that matter gives the same as reading every line", arguments: [false, true], 0..<40)
    func same(pids: Bool, seed: UInt64) {
        var dice = SplitMix64(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        let lines = Self.log(&dice, pids: pids)
        let now = Timestamp(seconds: 1_795_500_000)
        var (every, some) = (LineReader(), LineReader(flood: seed % 4 == 0 ? .max : 0))
        var expected: [LineReader.Finding] = []
        var found: [LineReader.Found] = []
        for line in lines {
            let finding = every.read(Array(line.utf8)[...], now: now)
            if case .nothing = finding { continue }
            expected.append(finding)
        }
        var rest = lines[...]
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...60, using: &dice))
            rest = rest.dropFirst(part.count)
            _ = Array(part.map { $0 + "\n" }.joined().utf8).withUnsafeBytes { some.read(lines: $0, begin: 0, now: now, found: &found) }
        }
        let difference = zip(found.map(\.finding), expected).enumerated().first { $0.element.0 != $0.element.1 }
        #expect(difference == nil && found.count == expected.count, "seed \(seed)")
        #expect(expected.contains { if case .observations = $0 { true } else { false } })
    }

    @Test("the quick search finds the phrase at every place and length") func search() {
        let phrase = Array(Log.phrase.utf8)
        for length in 0..<300 {
            for place in stride(from: 0, through: max(0, length - phrase.count), by: 7) {
                var bytes = [UInt8](repeating: UInt8(ascii: "w"), count: length)
                let isThere = length >= phrase.count
                if isThere { bytes.replaceSubrange(place..<place + phrase.count, with: phrase) }
                #expect(bytes.withUnsafeBytes { LineSearch.find(.phrase, in: $0) } == (isThere ? place : nil))
            }
        }
        // Both rare bytes at their distance, and yet not the phrase.
        var decoy = phrase
        decoy[0] = UInt8(ascii: "a")
        let bytes = decoy + decoy + decoy + phrase + decoy
        #expect(bytes.withUnsafeBytes { LineSearch.find(.phrase, in: $0) } == 3 * phrase.count)
    }
}
